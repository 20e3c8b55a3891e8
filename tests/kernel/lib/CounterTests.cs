// SPDX-License-Identifier: GPL-2.0-only
using Linux;
using static Linux.lib_errseq_c;
using static Linux.lib_flex_proportions_c;
using static Linux.lib_percpu_counter_c;
using static Linux.lib_ratelimit_c;
using static Linux.linux_gfp_types_h;
using static Linux.linux_percpu_counter_h;
using static Linux.linux_ratelimit_h;

namespace KMemcg.Kernel.Tests.lib;

/// <summary>percpu_counter, proportions, rate limits and error sequences.</summary>
internal sealed unsafe class CounterTests
{
    private const int EIO = 5;
    private const int ENOSPC = 28;

    [Test]
    public void PercpuCounterFoldsInBatches()
    {
        using TestMachine m = TestMachine.Boot();
        m.Run(() =>
        {
            percpu_counter c = default;
            Assert.That(percpu_counter_init(&c, 100, GFP_KERNEL), Is.Zero);

            percpu_counter_add(&c, 31);
            Assert.That(percpu_counter_read(&c), Is.EqualTo(100), "31 stays on the CPU");
            Assert.That(percpu_counter_sum(&c), Is.EqualTo(131));
            percpu_counter_add(&c, 1);
            Assert.That(percpu_counter_read(&c), Is.EqualTo(132), "32 does not");
            percpu_counter_add_local(&c, -1_000_000);
            Assert.That(percpu_counter_read(&c), Is.EqualTo(132));
            Assert.That(percpu_counter_sum_positive(&c), Is.Zero);
            percpu_counter_sync(&c);
            Assert.That(percpu_counter_read(&c), Is.EqualTo(132 - 1_000_000));
            percpu_counter_set(&c, 7);
            Assert.That(percpu_counter_sum(&c), Is.EqualTo(7));
            percpu_counter_destroy(&c);
        });
    }

    [Test]
    public void PercpuCounterComparesAndLimits()
    {
        using TestMachine m = TestMachine.Boot();
        m.Run(() =>
        {
            percpu_counter c = default;
            percpu_counter_init(&c, 0, GFP_KERNEL);

            percpu_counter_add(&c, 10);
            Assert.That(percpu_counter_compare(&c, 9), Is.EqualTo(1));
            Assert.That(percpu_counter_compare(&c, 10), Is.Zero);
            Assert.That(percpu_counter_compare(&c, 1_000_000), Is.EqualTo(-1));

            Assert.That(percpu_counter_limited_add(&c, 20, 10), Is.True);
            Assert.That(percpu_counter_limited_add(&c, 20, 1), Is.False);
            Assert.That(percpu_counter_limited_add(&c, 1_000_000, 5), Is.True);
            Assert.That(percpu_counter_limited_add(&c, 0, -25), Is.True);
            Assert.That(percpu_counter_limited_add(&c, 0, -1), Is.False);
            Assert.That(percpu_counter_sum(&c), Is.Zero);
            percpu_counter_destroy(&c);
        });
    }

    [Test]
    public void ProportionsAgeByHalves()
    {
        using TestMachine m = TestMachine.Boot();
        m.Run(() =>
        {
            fprop_global all = default;
            fprop_local_percpu one = default, two = default;
            ulong numerator, denominator;
            fprop_global_init(&all, GFP_KERNEL);
            fprop_local_init_percpu(&one, GFP_KERNEL);
            fprop_local_init_percpu(&two, GFP_KERNEL);

            __fprop_add_percpu(&all, &one, 3000);
            __fprop_add_percpu(&all, &two, 1000);
            fprop_fraction_percpu(&all, &one, &numerator, &denominator);
            Assert.That(numerator, Is.EqualTo(3000));
            Assert.That(denominator, Is.EqualTo(4001));

            Assert.That(fprop_new_period(&all, 1), Is.True);
            __fprop_add_percpu(&all, &two, 500);
            fprop_fraction_percpu(&all, &one, &numerator, &denominator);
            Assert.That(numerator, Is.EqualTo(1500));
            Assert.That(denominator, Is.EqualTo(2500));
            fprop_fraction_percpu(&all, &two, &numerator, &denominator);
            Assert.That(numerator, Is.EqualTo(1000));

            Assert.That(fprop_new_period(&all, 64), Is.True);
            fprop_fraction_percpu(&all, &one, &numerator, &denominator);
            Assert.That(numerator, Is.Zero);
            Assert.That(fprop_new_period(&all, 1), Is.False, "nothing is left to age");

            fprop_local_destroy_percpu(&two);
            fprop_local_destroy_percpu(&one);
            fprop_global_destroy(&all);
        });
    }

    [Test]
    public void RateLimitLetsABurstThroughEachInterval()
    {
        using TestMachine m = TestMachine.Boot();
        ratelimit_state* rs = linux_init_h.bss<ratelimit_state>();
        m.Run(() => ratelimit_state_init(rs, linux_autoconf_h.CONFIG_HZ, 3));

        int first = m.Run(() => Enumerable.Range(0, 10).Count(_ => __ratelimit(rs)));
        Assert.That(first, Is.EqualTo(3));
        Assert.That(ratelimit_state_get_miss(rs), Is.EqualTo(7));

        m.ExpectWarnings();
        m.Sleep(1100);
        Assert.That(m.Run(() => Enumerable.Range(0, 10).Count(_ => __ratelimit(rs))), Is.EqualTo(3));
    }

    [Test]
    public void ErrorsAreSeenOnceByEach()
    {
        uint eseq = 0;
        uint early = errseq_sample(&eseq);

        errseq_set(&eseq, -EIO);
        uint late = errseq_sample(&eseq);
        Assert.That(late, Is.Zero, "an error nobody has seen is to be seen by who comes late");
        Assert.That(errseq_check(&eseq, early), Is.EqualTo(-EIO));
        Assert.That(errseq_check_and_advance(&eseq, &early), Is.EqualTo(-EIO));
        Assert.That(errseq_check_and_advance(&eseq, &early), Is.Zero);
        Assert.That(errseq_sample(&eseq), Is.EqualTo(early));

        errseq_set(&eseq, -EIO);
        Assert.That(errseq_check_and_advance(&eseq, &early), Is.EqualTo(-EIO), "the same error again is a new one");
        errseq_set(&eseq, -ENOSPC);
        Assert.That(errseq_check(&eseq, early), Is.EqualTo(-ENOSPC));
    }
}
