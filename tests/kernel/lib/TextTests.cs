// SPDX-License-Identifier: GPL-2.0-only
using System.Runtime.InteropServices;
using System.Text;
using CsCheck;
using Linux;
using static Linux.fs_seq_file_c;
using static Linux.lib_cmdline_c;
using static Linux.lib_kstrtox_c;
using static Linux.lib_parser_c;
using static Linux.lib_seq_buf_c;
using static Linux.lib_string_c;
using static Linux.lib_string_helpers_c;
using static Linux.lib_vsprintf_c;
using static Linux.linux_seq_buf_h;
using static Linux.linux_seq_file_h;
using static Linux.linux_sprintf_h;
using static Linux.linux_string_h;

namespace KMemcg.Kernel.Tests.lib;

/// <summary>Numbers and options out of text, and text into buffers that may be too small.</summary>
internal sealed unsafe class TextTests
{
    private const int EINVAL = 22;
    private const int ERANGE = 34;
    private const int E2BIG = 7;

    /// <summary>A C string that may be written to; small, and never freed.</summary>
    private static byte* C(string s)
    {
        byte[] bytes = Encoding.Latin1.GetBytes(s);
        byte* p = (byte*)NativeMemory.AllocZeroed((nuint)bytes.Length + 1);
        bytes.CopyTo(new Span<byte>(p, bytes.Length));
        return p;
    }

    private static string S(byte* s) => Encoding.Latin1.GetString(cstr(s));

    [TestCase("0", 0u, 0ul, 0)]
    [TestCase("12\n", 10u, 12ul, 0)]
    [TestCase("+12", 10u, 12ul, 0)]
    [TestCase("0x1F", 0u, 31ul, 0)]
    [TestCase("017", 0u, 15ul, 0)]
    [TestCase("18446744073709551615", 0u, ulong.MaxValue, 0)]
    [TestCase("18446744073709551616", 0u, 7ul, -ERANGE)]
    [TestCase("99999999999999999999", 10u, 7ul, -ERANGE)]
    [TestCase("", 0u, 7ul, -EINVAL)]
    [TestCase("\n", 0u, 7ul, -EINVAL)]
    [TestCase("12 ", 0u, 7ul, -EINVAL)]
    [TestCase("12\n\n", 0u, 7ul, -EINVAL)]
    [TestCase("-1", 0u, 7ul, -EINVAL)]
    [TestCase("++1", 0u, 7ul, -EINVAL)]
    [TestCase("08", 0u, 7ul, -EINVAL)]
    public void Unsigned(string text, uint @base, ulong value, int error)
    {
        ulong result = 7;
        Assert.That(kstrtoull(C(text), @base, &result), Is.EqualTo(error));
        Assert.That(result, Is.EqualTo(value));
    }

    [TestCase("-9223372036854775808", long.MinValue, 0)]
    [TestCase("-9223372036854775809", 7L, -ERANGE)]
    [TestCase("9223372036854775808", 7L, -ERANGE)]
    [TestCase("-1\n", -1L, 0)]
    [TestCase("--1", 7L, -EINVAL)]
    public void Signed(string text, long value, int error)
    {
        long result = 7;
        Assert.That(kstrtoll(C(text), 0, &result), Is.EqualTo(error));
        Assert.That(result, Is.EqualTo(value));
    }

    [Test]
    public void NarrowTypesSayRange()
    {
        uint u = 7;
        int i = 7;
        bool b = false;
        Assert.That(kstrtouint(C("4294967295"), 0, &u), Is.Zero);
        Assert.That(u, Is.EqualTo(uint.MaxValue));
        Assert.That(kstrtouint(C("4294967296"), 0, &u), Is.EqualTo(-ERANGE));
        Assert.That(kstrtoint(C("-2147483648"), 0, &i), Is.Zero);
        Assert.That(kstrtoint(C("2147483648"), 0, &i), Is.EqualTo(-ERANGE));
        Assert.That(kstrtobool(C("on"), &b), Is.Zero);
        Assert.That(b, Is.True);
        Assert.That(kstrtobool(C("x"), &b), Is.EqualTo(-EINVAL));
    }

    [TestCase("10", 10ul, "")]
    [TestCase("4k", 4096ul, "")]
    [TestCase("1M x", 1ul << 20, " x")]
    [TestCase("2g", 2ul << 30, "")]
    [TestCase("1T", 1ul << 40, "")]
    [TestCase("1P", 1ul << 50, "")]
    [TestCase("1E", 1ul << 60, "")]
    [TestCase("0x10K", 16384ul, "")]
    [TestCase("1MB", 1ul << 20, "B")]
    [TestCase("max", 0ul, "ax")]
    [TestCase("-5", 0ul, "-5")]
    public void Sizes(string text, ulong value, string rest)
    {
        byte* end;
        Assert.That(memparse(C(text), &end), Is.EqualTo(value));
        Assert.That(S(end), Is.EqualTo(rest));
    }

    [TestCase("swappiness=60", 0, 60)]
    [TestCase("swappiness=max", 1, -1)]
    [TestCase("swappiness=", -1, -1)]
    [TestCase("swappiness=x", -1, -1)]
    [TestCase("other", -1, -1)]
    [TestCase("swappiness=0x10", 0, 16)]
    public void TokensOfMemoryReclaim(string option, int token, int number)
    {
        match_table_t* table = stackalloc match_table_t[3];
        table[0] = new match_table_t(0, rodata("swappiness=%d"u8));
        table[1] = new match_table_t(1, rodata("swappiness=max"u8));
        table[2] = new match_table_t(-1, null);
        substring_t* args = stackalloc substring_t[linux_parser_h.MAX_OPT_ARGS];

        Assert.That(match_token(C(option), table, args), Is.EqualTo(token));
        int value = -1;
        if (token == 0)
            Assert.That(match_int(args, &value), Is.Zero);
        Assert.That(value, Is.EqualTo(number));
    }

    [Test]
    public void TokensOfAllKinds()
    {
        match_table_t* table = stackalloc match_table_t[4];
        table[0] = new match_table_t(1, rodata("size=%s"u8));
        table[1] = new match_table_t(2, rodata("mode=%o,%u"u8));
        table[2] = new match_table_t(3, rodata("100%%"u8));
        table[3] = new match_table_t(9, null);
        substring_t* args = stackalloc substring_t[linux_parser_h.MAX_OPT_ARGS];
        int octal;
        uint number;

        Assert.That(match_token(C("size=4k"), table, args), Is.EqualTo(1));
        Assert.That(args[0].to - args[0].from, Is.EqualTo(2));
        Assert.That(match_token(C("mode=755,12"), table, args), Is.EqualTo(2));
        Assert.That(match_octal(&args[0], &octal), Is.Zero);
        Assert.That(octal, Is.EqualTo(0x1ed));
        Assert.That(match_uint(&args[1], &number), Is.Zero);
        Assert.That(number, Is.EqualTo(12));
        Assert.That(match_token(C("100%"), table, args), Is.EqualTo(3));
        Assert.That(match_token(C("size="), table, args), Is.EqualTo(9));
    }

    [Test]
    public void NumberTooLongForAnOptionIsOutOfRange()
    {
        byte* text = C(new string('9', 30));
        substring_t s = new() { from = text, to = text + 30 };
        int i;
        ulong u;
        Assert.That(match_int(&s, &i), Is.EqualTo(-ERANGE));
        Assert.That(match_u64(&s, &u), Is.EqualTo(-ERANGE));
    }

    [Test]
    public void StringsAreCutAndTrimmed()
    {
        byte* text = C("a,,b c");
        Assert.That(S(strsep(&text, ", "u8)), Is.EqualTo("a"));
        Assert.That(S(strsep(&text, ", "u8)), Is.Empty);
        Assert.That(S(strsep(&text, ", "u8)), Is.EqualTo("b"));
        Assert.That(S(strsep(&text, ", "u8)), Is.EqualTo("c"));
        Assert.That(strsep(&text, ", "u8) == null, Is.True);

        Assert.That(S(strstrip(C(" \t max \n"))), Is.EqualTo("max"));
        Assert.That(S(strstrip(C("  "))), Is.Empty);
        Assert.That(sysfs_streq(C("max\n"), "max"u8), Is.True);
        Assert.That(sysfs_streq(C("max\n\n"), "max"u8), Is.False);
        Assert.That(strcmp(C("max"), "max"u8), Is.Zero);
        Assert.That(strcmp(C("maxi"), "max"u8), Is.GreaterThan(0));
        Assert.That(strncmp(C("maxi"), "max"u8, 3), Is.Zero);
        Assert.That(strncmp(C("ma"), "max"u8, 3), Is.LessThan(0));
        Assert.That(strstarts(C("swap=1"), "swap="u8), Is.True);

        byte* to = stackalloc byte[4];
        Assert.That(strscpy(to, "abc"u8, 4), Is.EqualTo(3));
        Assert.That(strscpy(to, "abcd"u8, 4), Is.EqualTo(-E2BIG));
        Assert.That(S(to), Is.EqualTo("abc"));
        Assert.That(S(strrchr(C("a/b/c"), '/')), Is.EqualTo("/c"));
        Assert.That(S(strstr(C("anon file"), "file"u8)), Is.EqualTo("file"));
        Assert.That(memchr_inv(C("aab"), 'a', 3) != null, Is.True);
        Assert.That(memchr_inv(C("aaa"), 'a', 3) == null, Is.True);
    }

    [Test]
    public void NumbersIntoText()
        => Gen.Select(Gen.ULong, Gen.UInt[0, 24], Gen.Int[0, 24]).Sample((number, width, size) =>
        {
            byte* buf = stackalloc byte[32];
            string expected = number.ToString().PadLeft((int)width);
            int length = num_to_str(buf, size, number, width);
            return expected.Length > size ? length == 0 : Encoding.Latin1.GetString(buf, length) == expected;
        }, threads: 1);

    [Test]
    public void Printf()
    {
        byte* buf = stackalloc byte[64];
        byte* name = C("anon");

        Assert.That(snprintf(buf, 64, $"{name} {18446744073709551615} {-5,6}|{255:x}|{255:x8}|{7:d3}|{'c'}|{"lit"u8,-5}|"), Is.EqualTo(57));
        Assert.That(S(buf), Is.EqualTo("anon 18446744073709551615     -5|ff|000000ff|007|c|lit  |"));
        Assert.That(snprintf(buf, 4, $"{12345}"), Is.EqualTo(5), "the length there would be");
        Assert.That(S(buf), Is.EqualTo("123"));
        Assert.That(scnprintf(buf, 4, $"{12345}"), Is.EqualTo(3), "the length there is");
        Assert.That(snprintf(buf, 64, $"{int.MinValue} {long.MinValue} {-1:x}"), Is.EqualTo(41));
        Assert.That(S(buf), Is.EqualTo("-2147483648 -9223372036854775808 ffffffff"));
    }

    [Test]
    public void SeqBufDropsWhatDoesNotFitAndSaysSo()
    {
        byte* memory = stackalloc byte[16];
        seq_buf s;
        seq_buf_init(&s, memory, 16);

        Assert.That(seq_buf_printf(&s, $"{"anon"u8} {12}\n"), Is.Zero);
        Assert.That(seq_buf_used(&s), Is.EqualTo(8));
        Assert.That(seq_buf_puts(&s, "1234567"u8), Is.Zero);
        Assert.That(seq_buf_has_overflowed(&s), Is.False);
        Assert.That(S(seq_buf_str(&s)), Is.EqualTo("anon 12\n1234567"));
        Assert.That(seq_buf_printf(&s, $"x"), Is.EqualTo(-1));
        Assert.That(seq_buf_has_overflowed(&s), Is.True);
        Assert.That(seq_buf_puts(&s, "x"u8), Is.EqualTo(-1));
        Assert.That(S(seq_buf_str(&s)).Length, Is.EqualTo(15));
    }

    [Test]
    public void SeqFileOverflowsOnAFullBuffer()
    {
        byte* memory = stackalloc byte[32];
        seq_file m = new() { buf = memory, size = 32 };

        seq_puts(&m, "anon"u8);
        seq_put_decimal_ull(&m, " "u8, 42);
        seq_putc(&m, '\n');
        seq_put_decimal_ll(&m, "d "u8, -7);
        seq_printf(&m, $" {3}/{"x"u8}");
        Assert.That(Encoding.Latin1.GetString(memory, (int)m.count), Is.EqualTo("anon 42\nd -7 3/x"));
        Assert.That(seq_has_overflowed(&m), Is.False);

        seq_puts(&m, "0123456789abcdef"u8);
        Assert.That(seq_has_overflowed(&m), Is.True, "a text that fills it to the brim does not fit");
        seq_puts(&m, "x"u8);
        seq_printf(&m, $"y");
        seq_put_decimal_ull(&m, " "u8, 1);
        Assert.That(m.count, Is.EqualTo(m.size));
    }
}
