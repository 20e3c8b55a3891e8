// SPDX-License-Identifier: GPL-2.0-only
using Linux;

namespace KMemcg.Sim.Counting;

/// <summary>
/// Charges and uncharges on one CPU while it watches the CPU's stock and the counters: each call is classified by what it
/// changed, and the locked operations are those that were executed.
/// </summary>
internal sealed unsafe class StockCounter(string shape)
{
    private readonly memcg_stock_pcp* _stock = linux_percpu_h.this_cpu_ptr(mm_memcontrol_c.memcg_stock);
    private long _pages, _hits, _walks, _evictions, _drains, _stranded;
    private ulong _locked;

    /// <summary>Charges pages as a fault or a packet does.</summary>
    public void Charge(mem_cgroup* memcg, uint pages)
    {
        Before before = Look(memcg);
        if (KernelPrivate.TryCharge(memcg, pages) != 0)
        {
            throw new InvalidOperationException("the charge failed");
        }

        _pages += pages;
        Account(memcg, before);
        _hits += Usage(memcg) == before.Usage ? 1 : 0;
    }

    /// <summary>Uncharges pages past the stock, as a batch of folios does.</summary>
    public void Uncharge(mem_cgroup* memcg, uint pages)
    {
        Before before = Look(memcg);
        KernelPrivate.Uncharge(memcg, pages);
        Account(memcg, before);
    }

    /// <summary>Uncharges pages into the stock, as sockets and kernel memory do.</summary>
    public void Refill(mem_cgroup* memcg, uint pages)
    {
        Before before = Look(memcg);
        KernelPrivate.Refill(memcg, pages);
        Account(memcg, before);
        _drains += before.Slot >= 0 && Slot(memcg) < 0 ? 1 : 0;
    }

    public OperationCounts Result() => new(shape, _pages, _hits, _walks, (long)_locked, _evictions, _drains, _stranded);

    private void Account(mem_cgroup* memcg, Before before)
    {
        _locked += locked.count - before.Locked;
        _walks += Usage(memcg) != before.Usage ? 1 : 0;
        long held = 0;
        int groups = 0;
        for (int i = 0; i < mm_memcontrol_c.NR_MEMCG_STOCK; i++)
        {
            held += _stock->nr_pages[i];
            groups += _stock->cached[i] != null ? 1 : 0;
        }

        _stranded = Math.Max(_stranded, held);
        // A new group came, and there are no more than before: it has the place of another, whose pages went back.
        bool evicted = before.Slot < 0 && Slot(memcg) >= 0 && groups == before.Groups;
        _evictions += evicted ? 1 : 0;
        _walks += evicted ? 1 : 0;
    }

    private Before Look(mem_cgroup* memcg)
    {
        int groups = 0;
        for (int i = 0; i < mm_memcontrol_c.NR_MEMCG_STOCK; i++)
        {
            groups += _stock->cached[i] != null ? 1 : 0;
        }

        return new Before(Usage(memcg), Slot(memcg), groups, locked.count);
    }

    private int Slot(mem_cgroup* memcg)
    {
        for (int i = 0; i < mm_memcontrol_c.NR_MEMCG_STOCK; i++)
        {
            if (_stock->cached[i] == memcg)
            {
                return i;
            }
        }

        return -1;
    }

    private static ulong Usage(mem_cgroup* memcg) => linux_page_counter_h.page_counter_read(&memcg->memory);

    private readonly record struct Before(ulong Usage, int Slot, int Groups, ulong Locked);
}
