// SPDX-License-Identifier: GPL-2.0-only
namespace Linux;

/// <summary>One row of a match_table_t (struct match_token, whose name C# would not tell from the function's).</summary>
public unsafe struct match_table_t
{
    public int token;
    public byte* pattern;

    public match_table_t(int token, byte* pattern)
    {
        this.token = token;
        this.pattern = pattern;
    }
}

/// <summary>Where an argument lies in the option that was matched.</summary>
public unsafe struct substring_t
{
    public byte* from;
    public byte* to;
}

public static partial class linux_parser_h
{
    public const int MAX_OPT_ARGS = 3;
}
