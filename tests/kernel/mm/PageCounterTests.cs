// SPDX-License-Identifier: GPL-2.0-only
using System.Runtime.InteropServices;
using Linux;
using NUnit.Framework;
using static Linux.linux_atomic_h;
using static Linux.linux_page_counter_h;
using static Linux.mm_page_counter_c;

namespace KMemcg.Kernel.Tests.mm;

/// <summary>mm/page_counter.c against a plain model, and under threads.</summary>
[TestFixture]
internal sealed unsafe class PageCounterTests
{
    private const int EBUSY = 16;

    /// <summary>What a counter must hold, computed the plain way: one thread, sums made anew.</summary>
    private sealed class Model
    {
        public long Usage;
        public ulong Min, Low, Max = PAGE_COUNTER_MAX, Watermark, LocalWatermark;
        public int Parent = -1;

        public ulong MinUsage => Parent < 0 ? 0 : Math.Min((ulong)Usage, Min);

        public ulong LowUsage => Parent < 0 ? 0 : Math.Min((ulong)Usage, Low);

        public void Mark()
        {
            LocalWatermark = Math.Max(LocalWatermark, (ulong)Usage);
            Watermark = Math.Max(Watermark, LocalWatermark);
        }
    }

    private static page_counter* Tree(Random random, int nodes, Model[] model)
    {
        page_counter* counters = (page_counter*)NativeMemory.AlignedAlloc((nuint)(sizeof(page_counter) * nodes), 64);
        NativeMemory.Clear(counters, (nuint)(sizeof(page_counter) * nodes));
        for (int i = 0; i < nodes; i++)
        {
            model[i] = new Model { Parent = i == 0 ? -1 : random.Next(i) };
            page_counter_init(&counters[i], i == 0 ? null : &counters[model[i].Parent], true);
        }
        return counters;
    }

    [Test]
    public void Layout() => StructLayout.Matches<page_counter>();

    [Test]
    public void Two_million_random_operations_agree_with_a_sequential_model()
    {
        const int Trees = 200, Operations = 10_000;
        for (int seed = 0; seed < Trees; seed++)
        {
            var random = new Random(seed);
            int nodes = random.Next(2, 16);
            var model = new Model[nodes];
            var charged = new long[nodes];
            page_counter* counters = Tree(random, nodes, model);
            try
            {
                for (int operation = 0; operation < Operations; operation++)
                {
                    int at = random.Next(nodes);
                    Step(random, counters, model, charged, at);
                    string? difference = Compare(counters, model);
                    if (difference != null)
                        Assert.Fail($"seed {seed}, operation {operation}: {difference}");
                }
            }
            finally
            {
                NativeMemory.AlignedFree(counters);
            }
        }
    }

    private static void Step(Random random, page_counter* counters, Model[] model, long[] charged, int at)
    {
        ulong pages = (ulong)random.Next(1, 129);
        switch (random.Next(10))
        {
            case 0:
                page_counter_charge(&counters[at], pages);
                charged[at] += (long)pages;
                for (int i = at; i >= 0; i = model[i].Parent)
                {
                    model[i].Usage += (long)pages;
                    model[i].Mark();
                }
                break;
            case 1 or 2 or 3 or 4:
                TryCharge(counters, model, charged, at, pages);
                break;
            case 5 or 6:
                if (charged[at] == 0)
                    break;
                pages = Math.Min(pages, (ulong)charged[at]);
                page_counter_uncharge(&counters[at], pages);
                charged[at] -= (long)pages;
                for (int i = at; i >= 0; i = model[i].Parent)
                    model[i].Usage -= (long)pages;
                break;
            case 7:
                ulong max = random.Next(4) == 0 ? PAGE_COUNTER_MAX : (ulong)random.Next(0, 4096);
                int result = page_counter_set_max(&counters[at], max);
                bool busy = (ulong)model[at].Usage > max;
                if (result != (busy ? -EBUSY : 0))
                    Assert.Fail($"set_max answers {result}");
                if (!busy)
                    model[at].Max = max;
                break;
            case 8:
                ulong protection = (ulong)random.Next(0, 2048);
                if (random.Next(2) == 0)
                    page_counter_set_min(&counters[at], model[at].Min = protection);
                else
                    page_counter_set_low(&counters[at], model[at].Low = protection);
                break;
            default:
                page_counter_reset_watermark(&counters[at]);
                model[at].Watermark = model[at].LocalWatermark = (ulong)model[at].Usage;
                break;
        }
    }

    private static void TryCharge(page_counter* counters, Model[] model, long[] charged, int at, ulong pages)
    {
        page_counter* fail = null;
        bool done = page_counter_try_charge(&counters[at], pages, &fail);
        int over = at;
        while (over >= 0 && (ulong)model[over].Usage + pages <= model[over].Max)
            over = model[over].Parent;
        if (done != over < 0)
            Assert.Fail($"try_charge answers {done}");
        if (!done && fail != &counters[over])
            Assert.Fail("try_charge names another level");

        // The levels below the one that refuses were charged for a moment, which their watermarks remember.
        for (int i = at; i != over; i = model[i].Parent)
        {
            model[i].Usage += (long)pages;
            model[i].Mark();
            if (!done)
                model[i].Usage -= (long)pages;
        }
        if (done)
            charged[at] += (long)pages;
    }

    private static string? Compare(page_counter* counters, Model[] model)
    {
        Span<ulong> min = stackalloc ulong[model.Length];
        Span<ulong> low = stackalloc ulong[model.Length];
        min.Clear();
        low.Clear();
        for (int i = 1; i < model.Length; i++)
        {
            min[model[i].Parent] += model[i].MinUsage;
            low[model[i].Parent] += model[i].LowUsage;
        }
        for (int i = 0; i < model.Length; i++)
        {
            page_counter* c = &counters[i];
            Model m = model[i];
            if (page_counter_read(c) != (ulong)m.Usage || c->max != m.Max || c->watermark != m.Watermark ||
                c->local_watermark != m.LocalWatermark || c->failcnt != 0 ||
                (ulong)atomic_long_read(&c->min_usage) != m.MinUsage || (ulong)atomic_long_read(&c->low_usage) != m.LowUsage ||
                (ulong)atomic_long_read(&c->children_min_usage) != min[i] ||
                (ulong)atomic_long_read(&c->children_low_usage) != low[i])
                return $"counter {i} of {model.Length}";
        }
        return null;
    }

    [Test]
    public void Sums_are_exact_after_eight_threads()
    {
        const int Nodes = 12, Threads = 8, Operations = 100_000;
        var model = new Model[Nodes];
        page_counter* counters = Tree(new Random(1), Nodes, model);
        nint address = (nint)counters;
        var charged = new long[Threads][];
        for (int i = 0; i < Nodes; i++)
        {
            counters[i].max = i == 0 ? 20_000u : 6_000u;
            page_counter_set_min(&counters[i], (ulong)(100 * i));
            page_counter_set_low(&counters[i], (ulong)(300 * i));
        }

        var threads = new Thread[Threads];
        for (int t = 0; t < Threads; t++)
        {
            int number = t;
            charged[t] = new long[Nodes];
            threads[t] = new Thread(() => Work((page_counter*)address, charged[number], new Random(number)));
            threads[t].Start();
        }
        foreach (Thread thread in threads)
            thread.Join();

        var usage = new long[Nodes];
        for (int i = 0; i < Nodes; i++)
            for (int level = i; level >= 0; level = model[level].Parent)
                usage[level] += charged.Sum(of => of[i]);
        Assert.Multiple(() =>
        {
            page_counter* c = (page_counter*)address;
            for (int i = 0; i < Nodes; i++)
            {
                long min = 0, low = 0;
                for (int child = 1; child < Nodes; child++)
                {
                    if (model[child].Parent != i)
                        continue;
                    min += atomic_long_read(&c[child].min_usage);
                    low += atomic_long_read(&c[child].low_usage);
                }
                Assert.That((long)page_counter_read(&c[i]), Is.EqualTo(usage[i]), $"usage of {i}");
                Assert.That(atomic_long_read(&c[i].children_min_usage), Is.EqualTo(min), $"min of {i}");
                Assert.That(atomic_long_read(&c[i].children_low_usage), Is.EqualTo(low), $"low of {i}");
            }
        });
        NativeMemory.AlignedFree(counters);

        static void Work(page_counter* counters, long[] charged, Random random)
        {
            page_counter* fail;
            for (int i = 0; i < Operations; i++)
            {
                int at = random.Next(Nodes);
                ulong pages = (ulong)random.Next(1, 65);
                if (random.Next(2) == 0)
                {
                    if (page_counter_try_charge(&counters[at], pages, &fail))
                        charged[at] += (long)pages;
                }
                else if (charged[at] >= (long)pages)
                {
                    page_counter_uncharge(&counters[at], pages);
                    charged[at] -= (long)pages;
                }
            }
        }
    }

    // Siblings of 50 pages of usage each, under a parent with 50 protected pages and 150 in use.
    [TestCase(75u, 25u, false, 33u, 16u)] // 50 and 25 are claimed, 50 are there: in proportion
    [TestCase(20u, 10u, false, 20u, 10u)] // less is claimed than there is
    [TestCase(20u, 10u, true, 25u, 16u)] // and the other 20 go by unprotected usage: 30 and 40 of 120
    [TestCase(0u, 0u, true, 16u, 16u)]
    public void Effective_protection(uint first, uint second, bool recursive, uint firstEffective, uint secondEffective)
    {
        var model = new Model[5];
        page_counter* c = (page_counter*)NativeMemory.AlignedAlloc((nuint)(sizeof(page_counter) * 5), 64);
        NativeMemory.Clear(c, (nuint)(sizeof(page_counter) * 5));
        // 0 is the root of the reclaim, 1 the parent, 2 to 4 the siblings.
        page_counter_init(&c[0], null, true);
        page_counter_init(&c[1], &c[0], true);
        for (int i = 2; i < 5; i++)
        {
            page_counter_init(&c[i], &c[1], true);
            page_counter_charge(&c[i], 50);
        }
        page_counter_set_min(&c[1], 50);
        page_counter_set_min(&c[2], first);
        page_counter_set_min(&c[3], second);

        for (int i = 1; i < 5; i++)
            page_counter_calculate_protection(&c[0], &c[i], recursive);

        Assert.Multiple(() =>
        {
            Assert.That(c[1].emin, Is.EqualTo(50), "on the first level the setting itself");
            Assert.That(c[2].emin, Is.EqualTo(firstEffective));
            Assert.That(c[3].emin, Is.EqualTo(secondEffective));
            Assert.That(c[2].elow, Is.Zero);
        });
        NativeMemory.AlignedFree(c);
    }

    [TestCase("max", PAGE_COUNTER_MAX)]
    [TestCase("0", 0ul)]
    [TestCase("4095", 0ul)]
    [TestCase("4096", 1ul)]
    [TestCase("1M", 256ul)]
    [TestCase("0x2000", 2ul)]
    [TestCase("16E", 0ul)]
    public void Memparse(string text, ulong pages)
    {
        ulong result = ulong.MaxValue;
        fixed (byte* buf = System.Text.Encoding.ASCII.GetBytes(text + "\0"))
            Assert.That(page_counter_memparse(buf, "max"u8, &result), Is.Zero);
        Assert.That(result, Is.EqualTo(pages));
    }

    [TestCase("1Mx")]
    [TestCase("-1")]
    [TestCase("x")]
    [TestCase("1 M")]
    public void Memparse_refuses(string text)
    {
        ulong result;
        fixed (byte* buf = System.Text.Encoding.ASCII.GetBytes(text + "\0"))
            Assert.That(page_counter_memparse(buf, "max"u8, &result), Is.EqualTo(-22));
    }
}
