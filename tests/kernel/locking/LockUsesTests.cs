// SPDX-License-Identifier: GPL-2.0-only
using System.Reflection;
using System.Text.RegularExpressions;
using KMemcg.Annotations;
using Linux;
using NUnit.Framework;

namespace KMemcg.Kernel.Tests.Locking;

/// <summary>
/// reference/lock_uses.tsv, a line for each function of Linux 6.18 that takes a lock, by which call and which lock: the port's function
/// makes the same call with the same lock.
/// </summary>
internal sealed class LockUsesTests
{
    /// <summary>Lines that the port's configuration has not, and why.</summary>
    private static readonly (string Function, string Primitive, string Why)[] s_without =
    [
        ("madvise_cold_or_pageout_pte_range", "folio_lock", "for a folio that a PMD maps, and no PMD maps any"),
        ("pte_unmap_same", "spin_lock", "for entries that are wider than a word"),
        ("zonelist_iter_begin", "read_seqbegin", "CONFIG_MEMORY_HOTREMOVE"),
        ("shmem_get_folio_gfp", "spin_lock", "for a large folio behind the end of the file, and tmpfs has none"),
        ("list_slab_objects", "spin_lock", "CONFIG_SLUB_DEBUG"),
        ("__folio_throttle_swaprate", "spin_lock", "for a block cgroup that is congested, and there is no such controller"),
        ("vmpressure_event", "mutex_lock", "listeners come from cgroup v1"),
    ];

    /// <summary>The attributes of what takes a lock.</summary>
    private static readonly Type[] s_takes =
    [
        typeof(AcquiresAttribute), typeof(AcquiresSharedAttribute), typeof(AcquiresReturnAttribute), typeof(TryAcquiresAttribute), typeof(HandsOverAttribute),
        typeof(IrqSaveAttribute), typeof(IrqDisableAttribute), typeof(PreemptAdjustAttribute), typeof(MigrateAdjustAttribute),
    ];

    /// <summary>The attributes of what takes a lock and keeps it, drops it, takes it again, or is not to be called with it.</summary>
    private static readonly Type[] s_says =
    [
        typeof(AcquiresAttribute), typeof(AcquiresSharedAttribute), typeof(AcquiresReturnAttribute), typeof(TryAcquiresAttribute), typeof(HandsOverAttribute), typeof(ExcludesAttribute),
        typeof(ReleasesAttribute), typeof(TryReleasesAttribute), typeof(MustHoldAttribute), typeof(MustHoldSharedAttribute), typeof(MustHoldAnyAttribute),
    ];

    /// <summary>
    /// The first takes again what its caller gave it and it dropped; the second's caller may hold it, and says so; the others take the lock of what they find themselves, and no path names it:
    /// lists of a list, and nodes of a cache, whose type has the name of a static.
    /// </summary>
    private static readonly string[] s_unsaid = ["__get_user_pages_locked", "__rmap_walk_file", "memcg_reparent_list_lrus", "__kmem_cache_do_shrink", "__slab_free", "deactivate_slab"];

    /// <summary>The port's name of a call that it makes in another way.</summary>
    private static readonly Dictionary<(string Function, string Primitive), string> s_by = new()
    {
        [("consume_stock", "local_trylock")] = "local_trylock_no_resched",
    };

    /// <summary>What a call takes of the object that it is given.</summary>
    private static readonly (string Prefix, string Name)[] s_members =
    [
        ("mmap_", "mmap_lock"),
        ("xa_lock", "xa_lock"),
        ("xas_lock", "xa_lock"),
        ("i_mmap_lock", "i_mmap_rwsem"),
        ("swap_cluster_", "lock"),
        ("folio_lruvec_", "lru_lock"),
        ("task_lock", "alloc_lock"),
    ];

    [Test]
    public void Each_function_takes_what_the_kernels_takes()
    {
        Use[] uses = [.. Uses().Where(use => use.Tier != 'C' || use.Methods.Any())];
        Assert.That(uses, Has.Length.AtLeast(450));

        Use[] missing = [.. uses.Where(use => !use.IsDefinition && !use.Calls().Any(call => use.Names(call.Named)))];
        Assert.That(missing.Where(use => !IsWithout(use)), Is.Empty);
        Assert.That(s_without.Where(line => !missing.Any(use => (use.Function, use.Primitive) == (line.Function, line.Primitive))), Is.Empty, "lines that the port has now");
    }

    [Test]
    public void What_returns_with_a_lock_says_so()
    {
        MethodBase[] takers = [.. Uses().Where(use => use.IsDefinition).SelectMany(use => use.Methods)];
        Assert.That(takers, Is.Not.Empty);
        Assert.That(takers.Where(method => !method.IsDefined(typeof(AcquiresReturnAttribute)) && !method.IsDefined(typeof(HandsOverAttribute))), Is.Empty);
    }

    [Test]
    public void What_takes_a_lock_says_so() => Assert.That(
        Uses().SelectMany(use => use.Calls()).Select(call => call.Callee).Distinct().Where(callee => !callee.CustomAttributes.Any(attribute => s_takes.Contains(attribute.AttributeType))),
        Is.Empty);

    [Test]
    public void The_locks_are_locks_to_the_rules()
    {
        (Use Use, MemberInfo Member)[] locks = [.. Uses().Where(use => use.NamesLock)
            .SelectMany(use => use.Calls().Select(call => (Use: use, Member: call.Named.LastOrDefault(member => member.Name == use.Field)!)))
            .Where(named => named.Member is not null)];
        Assert.That(locks, Has.Length.AtLeast(150));
        Assert.That(locks.Where(named => !IsLock(named.Member)), Is.Empty);
    }

    /// <summary>A member has the attribute, or the type of what it is or points to.</summary>
    private static bool IsLock(MemberInfo member)
    {
        Type? type = member is FieldInfo field ? field.FieldType : (member as MethodInfo)?.ReturnType;
        while (type is { IsPointer: true })
            type = type.GetElementType();
        return type is not null && (type.IsDefined(typeof(LockClassAttribute)) || member.IsDefined(typeof(LockClassAttribute)));
    }

    [Test]
    public void What_waits_for_a_lock_says_so()
    {
        Use[] uses = [.. Uses().Where(use => !s_unsaid.Contains(use.Function) && use.LockName().Length > 0 && use.Calls().Any(call => use.Names(call.Named)))];
        Assert.That(uses, Has.Length.AtLeast(250));
        Assert.That(uses.Where(use => !use.Methods.SelectMany(method => PortedFunctions.PathsOf(method, s_says)).Any(path => Regex.IsMatch(path, $@"(^|\W){use.LockName()}$"))), Is.Empty);
    }

    private static bool IsWithout(Use use) => s_without.Any(line => (use.Function, use.Primitive) == (line.Function, line.Primitive));

    private static IEnumerable<Use> Uses() => PortedFunctions.Reference("lock_uses.tsv").Select(column => new Use(column[0], column[1], column[2][0], column[3], column[4]));

    /// <summary>A line. Of tier C is what the inventory leaves out of the port, though some of it is there.</summary>
    private sealed record Use(string File, string Function, char Tier, string Primitive, string Lock)
    {
        /// <summary>The list has a few functions that take a lock for their callers twice: as users, and as what is used.</summary>
        public bool IsDefinition => Primitive == Function;

        /// <summary>The last name of the lock's path.</summary>
        public string Field => Steps[^1];

        private string[] Steps => Lock.Split(["->", "."], StringSplitOptions.None);

        /// <summary>The primitive is of a lock's type, and the lock is a field; another is a local there.</summary>
        public bool NamesLock => Field != Lock && (Primitive.Contains("spin_lock", StringComparison.Ordinal) || Primitive.StartsWith("mutex_", StringComparison.Ordinal)
            || Primitive.StartsWith("down_", StringComparison.Ordinal) || Primitive.StartsWith("local_lock", StringComparison.Ordinal));

        public override string ToString() => $"{File} {Function} {Primitive}({Lock})";

        public IEnumerable<MethodBase> Methods => PortedFunctions.Of(File, Function);

        public IEnumerable<(MethodBase Callee, MemberInfo[] Named)> Calls()
        {
            string primitive = s_by.GetValueOrDefault((Function, Primitive), Primitive);
            return Methods.SelectMany(IlCalls.Of).Where(call => call.Callee.Name == primitive);
        }

        /// <summary>The name of a lock that is waited for. There is none for one that is only tried for, or is a local, or a page's.</summary>
        public string LockName()
        {
            if (Lock == "-" || IsDefinition || Primitive.Contains("try", StringComparison.Ordinal) || Primitive is "folio_lock" or "local_irq_save")
                return "";
            if (s_members.FirstOrDefault(member => Primitive.StartsWith(member.Prefix, StringComparison.Ordinal)).Name is { } name)
                return name;
            return Calls().Select(call => call.Named.LastOrDefault()?.Name).Any(member => member == Lock) || Field != Lock ? Field : "";
        }

        /// <summary>A lock that is a field is named at the call, or (a CPU's own) what it is the lock of; any other is a local there.</summary>
        public bool Names(MemberInfo[] named)
        {
            string[] path = Steps;
            return path.Length == 1 || s_by.ContainsKey((Function, Primitive)) || named.Any(member => member.Name == path[^1])
                || (named is [.., var last] && last.Name == path[^1] + "_of" && named.Any(member => member.Name == path[^2]));
        }
    }
}
