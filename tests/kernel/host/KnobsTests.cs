// SPDX-License-Identifier: GPL-2.0-only
using Linux;
using NUnit.Framework;

namespace KMemcg.Kernel.Tests.host;

/// <summary>The knobs of the hot path: read from the environment, checked, and right by default.</summary>
[TestFixture]
internal sealed class KnobsTests
{
    [Test]
    public void Defaults_are_the_kernels()
    {
        Assert.That(linux_memcontrol_h.MEMCG_CHARGE_BATCH, Is.EqualTo(64));
        Assert.That(mm_memcontrol_c.NR_MEMCG_STOCK, Is.EqualTo(7));
    }

    [Test]
    public void A_set_is_searched_from_the_end_and_a_variable_of_its_own_wins()
    {
        AppContext.SetData(linux_knobs.SET, "test.a=1, test.b=22 ,test.a=3");
        try
        {
            Assert.That(linux_knobs.number("test.a", 0, 0, 9), Is.EqualTo(3));
            Assert.That(linux_knobs.number("test.b", 0, 0, 99), Is.EqualTo(22));
            Assert.That(linux_knobs.number("test.c", 7, 0, 99), Is.EqualTo(7));
            Environment.SetEnvironmentVariable("KMEMCG_test.a", "5");
            Assert.That(linux_knobs.number("test.a", 0, 0, 9), Is.EqualTo(5));
        }
        finally
        {
            AppContext.SetData(linux_knobs.SET, null);
            Environment.SetEnvironmentVariable("KMEMCG_test.a", null);
        }
    }

    [TestCase("128")]
    [TestCase("0")]
    [TestCase("x")]
    [TestCase("-1")]
    public void What_is_out_of_range_is_refused(string value)
    {
        Environment.SetEnvironmentVariable("KMEMCG_test.d", value);
        try
        {
            Assert.That(() => linux_knobs.number("test.d", 64, 1, 127), Throws.TypeOf<KnobException>());
        }
        finally
        {
            Environment.SetEnvironmentVariable("KMEMCG_test.d", null);
        }
    }
}
