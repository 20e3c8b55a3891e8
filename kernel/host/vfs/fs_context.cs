// SPDX-License-Identifier: GPL-2.0-only
using static Linux.lib_kstrtox_c;
using static Linux.lib_string_c;
using static Linux.linux_fs_h;
using static Linux.linux_gfp_types_h;
using static Linux.linux_string_h;

namespace Linux;

/// <summary>What a mount, or a remount, is to be like; include/linux/fs_context.h.</summary>
public unsafe struct fs_context
{
    public fs_context_operations* ops;
    public file_system_type* fs_type;
    public void* fs_private;
    [OwnsRef] public dentry* root; // a reference; when the context is made for a remount, the mount's
    public ulong sb_flags;
}

public unsafe struct fs_context_operations
{
    public delegate*<fs_context*, void> free;
    public delegate*<fs_context*, fs_parameter*, int> parse_param;
    public delegate*<fs_context*, byte*, int> parse_monolithic;
    public delegate*<fs_context*, int> get_tree;
    public delegate*<fs_context*, int> reconfigure;
}

/// <summary>One option of a mount: a name, and perhaps a value.</summary>
public unsafe struct fs_parameter
{
    public byte* key;
    public byte* @string;
}

/// <summary>What an option's value is.</summary>
public enum fs_param_type
{
    flag,
    @string,
    u32,
    u32oct,
    @enum,
}

/// <summary>A word and what it stands for.</summary>
public unsafe struct constant_table(byte* name, int value)
{
    public byte* name = name;
    public int value = value;
}

/// <summary>An option that a file system knows; the last one of a table has no name.</summary>
public unsafe struct fs_parameter_spec(byte* name, int opt, fs_param_type type, constant_table* data = null)
{
    public byte* name = name;
    public int opt = opt;
    public fs_param_type type = type;
    public constant_table* data = data;
}

public struct fs_parse_result
{
    public uint uint_32;
}

/// <summary>fs/fs_context.c and fs/fs_parser.c: the options of a mount.</summary>
public static unsafe partial class fs_fs_context_c
{
    private const string C = "fs/fs_context.c";

    [KernelSource(C, "alloc_fs_context", Parity.Reduced, "no namespaces, credentials or log")]
    internal static fs_context* alloc_fs_context(file_system_type* fs_type, dentry* reference, ulong sb_flags)
    {
        fs_context* fc = (fs_context*)kzalloc((ulong)sizeof(fs_context), GFP_KERNEL);
        if (fc == null)
            return (fs_context*)ERR_PTR(-ENOMEM);
        fc->fs_type = fs_type;
        fc->sb_flags = sb_flags;
        if (reference != null)
            fc->root = dget(reference);

        int ret = fs_type->init_fs_context(fc);
        if (ret < 0)
        {
            put_fs_context(fc);
            return (fs_context*)ERR_PTR(ret);
        }

        return fc;
    }

    [KernelSource(C, "put_fs_context", Parity.Reduced, "as alloc_fs_context")]
    internal static void put_fs_context(fs_context* fc)
    {
        dput(fc->root);
        if (fc->ops != null)
            fc->ops->free(fc);
        kfree(fc);
    }

    [KernelSource("include/linux/fs_context.h", "invalfc", Parity.Reduced, "errors go to the kernel's log")]
    public static int invalfc(fs_context* fc, string message)
    {
        pr_err($"{fs_text(fc->fs_type->name)}: {message}\n");
        return -EINVAL;
    }

    /// <summary>A C string for messages.</summary>
    public static string fs_text(byte* text) =>
        System.Text.Encoding.UTF8.GetString(MemoryMarshal.CreateReadOnlySpanFromNullTerminated(text));

    [KernelSource(C, "vfs_parse_fs_string", Parity.Reduced, "the value stays in the caller's text; no flags of the super block are options")]
    private static int vfs_parse_fs_string(fs_context* fc, byte* key, byte* value)
    {
        fs_parameter param = new() { key = key, @string = value };

        int ret = fc->ops->parse_param(fc, &param);
        return ret == -ENOPARAM ? invalfc(fc, $"Unknown parameter '{fs_text(key)}'") : ret;
    }

    /// <summary>Takes the options of a mount apart, at the places that sep finds.</summary>
    [KernelSource(C, "vfs_parse_monolithic_sep", Parity.Reduced, "no security options")]
    public static int vfs_parse_monolithic_sep(fs_context* fc, byte* options, delegate*<byte**, byte*> sep)
    {
        int ret = 0;

        if (options == null)
            return 0;

        for (byte* key = sep(&options); key != null; key = sep(&options))
        {
            if (*key == 0)
                continue;
            byte* value = strchr(key, '=');
            if (value != null)
            {
                if (value == key)
                    continue;
                *value++ = 0;
            }

            ret = vfs_parse_fs_string(fc, key, value);
            if (ret < 0)
                break;
        }

        return ret;
    }

    [KernelSource("fs/fs_parser.c", "fs_lookup_key", Parity.Reduced, "no negated flags")]
    private static fs_parameter_spec* fs_lookup_key(fs_parameter_spec* desc, fs_parameter* param)
    {
        bool want_flag = param->@string == null;

        for (fs_parameter_spec* p = desc; p->name != null; p++)
        {
            if (strcmp(p->name, param->key) == 0 && (p->type == fs_param_type.flag) == want_flag)
                return p;
        }

        return null;
    }

    /// <summary>Which option it is, and its value; -ENOPARAM, -EINVAL.</summary>
    [KernelSource("fs/fs_parser.c", "__fs_parse", Parity.Reduced, "numbers, words and text")]
    public static int fs_parse(fs_context* fc, fs_parameter_spec* desc, fs_parameter* param, fs_parse_result* result)
    {
        result->uint_32 = 0;

        fs_parameter_spec* p = fs_lookup_key(desc, param);
        if (p == null)
            return -ENOPARAM;

        bool good = p->type switch
        {
            fs_param_type.@string => *param->@string != 0,
            fs_param_type.u32 => kstrtouint(param->@string, 0, &result->uint_32) == 0,
            fs_param_type.u32oct => kstrtouint(param->@string, 8, &result->uint_32) == 0,
            fs_param_type.@enum => lookup_constant(p->data, param->@string, &result->uint_32),
            _ => true,
        };
        return good ? p->opt : invalfc(fc, $"Bad value for '{fs_text(param->key)}'");
    }

    [KernelSource("fs/fs_parser.c", "lookup_constant", Parity.Full)]
    private static bool lookup_constant(constant_table* tbl, byte* name, uint* value)
    {
        for (; tbl->name != null; tbl++)
        {
            if (strcmp(name, tbl->name) == 0)
            {
                *value = (uint)tbl->value;
                return true;
            }
        }

        return false;
    }
}
