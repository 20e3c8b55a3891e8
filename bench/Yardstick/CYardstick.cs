// SPDX-License-Identifier: GPL-2.0-only
using System.Runtime.InteropServices;

namespace KMemcg.Bench.Yardstick;

/// <summary>
/// The hot paths in C (bench/c), built by gcc -O2 when they are first asked for. Each function runs its loop inside, so the
/// border between the languages is crossed once for many operations.
/// </summary>
internal sealed unsafe class CYardstick
{
    private static readonly Lazy<CYardstick?> s_instance = new(Load);

    private readonly nint _library;

    private CYardstick(nint library)
    {
        _library = library;
        BeCpu = (delegate* unmanaged<int, void>)Export("yard_be_cpu");
        Group = (delegate* unmanaged<void*, int, void*>)Export("yard_group");
        Protect = (delegate* unmanaged<void*, ulong, ulong, void>)Export("yard_protect");
        Drain = (delegate* unmanaged<void>)Export("yard_drain");
        Usage = (delegate* unmanaged<void*, long>)Export("yard_usage");
        StockHit = (delegate* unmanaged<void**, int, long, void>)Export("yard_stock_hit");
        StockPair = (delegate* unmanaged<void*, long, void>)Export("yard_stock_pair");
        ChargeBatch = (delegate* unmanaged<void*, long, void>)Export("yard_charge_batch");
        ChargeLarge = (delegate* unmanaged<void*, long, void>)Export("yard_charge_large");
        GroupsInTurn = (delegate* unmanaged<void**, int, long, void>)Export("yard_groups_in_turn");
        Counter = (delegate* unmanaged<void*, ulong, long, void>)Export("yard_counter");
        BootPages = (delegate* unmanaged<ulong, int, int, int, void>)Export("yard_boot_pages");
        PagePair = (delegate* unmanaged<uint, uint, long, void>)Export("yard_page_pair");
        PageRun = (delegate* unmanaged<uint, uint, void**, int, long, void>)Export("yard_page_run");
        PageChurn = (delegate* unmanaged<uint, void**, byte*, int, byte*, ulong, long, void>)Export("yard_page_churn");
        Arithmetic = (delegate* unmanaged<long, void>)Export("yard_arithmetic");
        ClearPages = (delegate* unmanaged<int, long, void>)Export("yard_clear_pages");
        ReleaseAll = (delegate* unmanaged<void>)Export("yard_release_all");
    }

    /// <summary>The yardstick, or null when there is no gcc.</summary>
    public static CYardstick? Instance => s_instance.Value;

    /// <summary>Why there is no yardstick.</summary>
    public static string? Missing { get; private set; }

    /// <summary>Makes the calling thread a CPU of the yardstick.</summary>
    public readonly delegate* unmanaged<int, void> BeCpu;

    /// <summary>A group below another, with protection propagated or not.</summary>
    public readonly delegate* unmanaged<void*, int, void*> Group;

    /// <summary>Sets memory.min and memory.low, in pages.</summary>
    public readonly delegate* unmanaged<void*, ulong, ulong, void> Protect;

    /// <summary>Empties the stock of the calling CPU.</summary>
    public readonly delegate* unmanaged<void> Drain;

    /// <summary>What a group's counter holds.</summary>
    public readonly delegate* unmanaged<void*, long> Usage;

    public readonly delegate* unmanaged<void**, int, long, void> StockHit;
    public readonly delegate* unmanaged<void*, long, void> StockPair;
    public readonly delegate* unmanaged<void*, long, void> ChargeBatch;
    public readonly delegate* unmanaged<void*, long, void> ChargeLarge;
    public readonly delegate* unmanaged<void**, int, long, void> GroupsInTurn;
    public readonly delegate* unmanaged<void*, ulong, long, void> Counter;
    public readonly delegate* unmanaged<ulong, int, int, int, void> BootPages;
    public readonly delegate* unmanaged<uint, uint, long, void> PagePair;
    public readonly delegate* unmanaged<uint, uint, void**, int, long, void> PageRun;
    public readonly delegate* unmanaged<uint, void**, byte*, int, byte*, ulong, long, void> PageChurn;

    /// <summary>Additions in registers: what a CPU does alone, and what it does when its neighbour is busy.</summary>
    public readonly delegate* unmanaged<long, void> Arithmetic;

    /// <summary>Clears so many pages of the calling thread's own.</summary>
    public readonly delegate* unmanaged<int, long, void> ClearPages;

    /// <summary>Forgets all per-CPU data, when nobody is a CPU any more.</summary>
    public readonly delegate* unmanaged<void> ReleaseAll;

    private void* Export(string name) => (void*)NativeLibrary.GetExport(_library, name);

    private static CYardstick? Load()
    {
        try
        {
            return new CYardstick(NativeLibrary.Load(CCompiler.Build("c", ["-fPIC", "-shared", "-fvisibility=hidden"])));
        }
        catch (CCompilerException e)
        {
            Missing = e.Message;
            return null;
        }
    }
}
