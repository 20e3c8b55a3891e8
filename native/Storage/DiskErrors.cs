// SPDX-License-Identifier: GPL-2.0-only
namespace KMemcg.Native;

/// <summary>The errors a disk is to make: at sectors, or at the n-th transfer.</summary>
public sealed class DiskErrors
{
    private readonly Lock gate = new();
    private readonly List<Rule> rules = [];
    private int count;

    /// <summary>Every transfer of this kind that touches one of these sectors fails, until <see cref="Clear"/>.</summary>
    public void FailSectors(DiskOperation operation, ulong sector, ulong sectors = 1) => Add(new(operation, sector, sectors, 0));

    /// <summary>The n-th transfer of this kind since the disk was made fails, counted from 1; one only.</summary>
    public void FailCall(DiskOperation operation, long call)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(call, 1);
        Add(new(operation, 0, 0, call));
    }

    /// <summary>Nothing fails any more.</summary>
    public void Clear()
    {
        lock (gate)
        {
            rules.Clear();
            Volatile.Write(ref count, 0);
        }
    }

    internal bool Hits(DiskOperation operation, ulong sector, ulong sectors, long call)
    {
        if (Volatile.Read(ref count) == 0)
            return false;

        lock (gate)
        {
            foreach (Rule rule in rules)
            {
                if (rule.Operation == operation && rule.Matches(sector, sectors, call))
                    return true;
            }
        }

        return false;
    }

    private void Add(Rule rule)
    {
        lock (gate)
        {
            rules.Add(rule);
            Volatile.Write(ref count, rules.Count);
        }
    }

    private readonly record struct Rule(DiskOperation Operation, ulong Sector, ulong Sectors, long Call)
    {
        public bool Matches(ulong sector, ulong sectors, long call)
            => Call != 0 ? Call == call : Sector < sector + sectors && sector < Sector + Sectors;
    }
}
