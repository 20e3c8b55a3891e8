// SPDX-License-Identifier: GPL-2.0-only
using static Linux.linux_types_h;

namespace Linux;

public static unsafe partial class linux_string_h
{
    [KernelSource("include/linux/string.h", "memset", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void memset(void* s, int c, ulong count) => NativeMemory.Fill(s, (nuint)count, (byte)c);

    [KernelSource("include/linux/string.h", "memcpy", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void memcpy(void* dest, void* src, ulong count) => Buffer.MemoryCopy(src, dest, count, count);

    [KernelSource("include/linux/string.h", "memmove", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void memmove(void* dest, void* src, ulong count) => Buffer.MemoryCopy(src, dest, count, count);

    [KernelSource("include/linux/string.h", "memcmp", Parity.Full)]
    public static int memcmp(void* s, void* t, ulong n)
        => new ReadOnlySpan<byte>(s, (int)n).SequenceCompareTo(new ReadOnlySpan<byte>(t, (int)n));

    /// <summary>Copies and zeroes from `from` to the end of the structure: memset_after/memset_startat by byte offsets.</summary>
    [KernelSource("include/linux/string.h", "memset_startat", Parity.Full)]
    public static void memset_startat<T>(T* obj, int v, void* member) where T : unmanaged
        => memset((byte*)obj + offsetof(member), v, (ulong)(sizeof(T) - offsetof(member)));

    /// <summary>The bytes of a C string without the end mark.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ReadOnlySpan<byte> cstr(byte* s) => MemoryMarshal.CreateReadOnlySpanFromNullTerminated(s);

    /// <summary>A u8 literal as char*: literals are pinned data that end in a zero byte.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static byte* rodata(ReadOnlySpan<byte> literal) => (byte*)Unsafe.AsPointer(ref MemoryMarshal.GetReference(literal));

    [KernelSource("include/linux/string.h", "str_has_prefix", Parity.Full)]
    public static ulong str_has_prefix(byte* str, ReadOnlySpan<byte> prefix)
        => lib_string_c.strncmp(str, prefix, (ulong)prefix.Length) == 0 ? (ulong)prefix.Length : 0;

    [KernelSource("include/linux/string.h", "strstarts", Parity.Full)]
    public static bool strstarts(byte* str, ReadOnlySpan<byte> prefix) => str_has_prefix(str, prefix) != 0;

    [KernelSource("include/linux/string.h", "kbasename", Parity.Full)]
    public static byte* kbasename(byte* path)
    {
        byte* tail = lib_string_c.strrchr(path, '/');

        return tail != null ? tail + 1 : path;
    }
}
