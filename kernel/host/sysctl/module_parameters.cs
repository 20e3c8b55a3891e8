// SPDX-License-Identifier: GPL-2.0-only
using System.Text;

namespace Linux;

/// <summary>The parameters of what would be modules, as /sys/module/MODULE/parameters shows them: zswap's.</summary>
public static unsafe class module_parameters
{
    /// <summary>Writes a parameter, named as in zswap/parameters/enabled; 0, -ENOENT, or what the parameter's own check says.</summary>
    public static long write(string name, string value) => name switch
    {
        "zswap/parameters/enabled" => boolean(value, out bool v) is var e && e != 0 ? e : zswap_enabled_param_set(v),
        "zswap/parameters/compressor" => zswap_compressor_param_set(linux_crypto_h.crypto_find_acomp(value.Trim())),
        "zswap/parameters/max_pool_percent" => number(value, ref zswap_max_pool_percent),
        "zswap/parameters/accept_threshold_percent" => number(value, ref zswap_accept_thr_percent),
        "zswap/parameters/shrinker_enabled" => boolean(value, out bool v) is var e && e != 0 ? e : shrinker(v),
        _ => -ENOENT,
    };

    private static int shrinker(bool enabled)
    {
        zswap_shrinker_enabled = enabled;
        return 0;
    }

    // param_set_bool(): an empty string means that it is on.
    private static int boolean(string value, out bool result)
    {
        bool parsed = true;
        fixed (byte* text = Encoding.ASCII.GetBytes(value + "\0"))
        {
            int error = value.Length == 0 ? 0 : kstrtobool(text, &parsed);
            result = parsed;
            return error;
        }
    }

    private static int number(string value, ref uint parameter)
    {
        uint parsed;
        fixed (byte* text = Encoding.ASCII.GetBytes(value + "\0"))
        {
            int error = kstrtouint(text, 0, &parsed);
            if (error == 0)
                parameter = parsed;
            return error;
        }
    }
}
