// SPDX-License-Identifier: GPL-2.0-only
using System.Reflection;
using System.Text.RegularExpressions;
using KMemcg.Annotations;
using NUnit.Framework;

namespace KMemcg.Kernel.Tests.Locking;

/// <summary>
/// reference/lock_asserts.tsv, a line for each place where Linux 6.18 asserts that a lock is held, that a folio is locked, or what else
/// the context has to be: the port's function asserts the same. What sparse is told there an attribute says here.
/// </summary>
internal sealed class LockAssertsTests
{
    /// <summary>Lines that the port has not, and why.</summary>
    private static readonly (string Function, string Assertion, string Why)[] s_without =
    [
        ("zap_pud_range", "mmap_assert_locked", "before a PUD that maps a page is split, and no PUD maps any"),
        ("__css_rstat_lock", "acquires", "one lock a subsystem, or one for the base: no path names it"),
        ("__css_rstat_unlock", "releases", "one lock a subsystem, or one for the base: no path names it"),
    ];

    private static readonly Dictionary<string, string> s_states = new()
    {
        ["folio must be locked"] = "folio_test_locked",
        ["folio must be off the LRU"] = "folio_test_lru",
        ["must run in task context"] = "in_task",
    };

    private static readonly Dictionary<string, Type[]> s_attributes = new()
    {
        ["acquires"] = [typeof(AcquiresAttribute), typeof(AcquiresReturnAttribute), typeof(HandsOverAttribute)],
        ["releases"] = [typeof(ReleasesAttribute), typeof(HandsOverAttribute)],
        ["must_hold"] = [typeof(MustHoldAttribute), typeof(ReleasesAttribute)],
    };

    /// <summary>How many lines there are to look at, at least.</summary>
#if DEBUG
    private const int LeastLines = 125;
#else
    private const int LeastLines = 75;
#endif

    [Test]
    public void Each_function_asserts_what_the_kernels_asserts()
    {
        Line[] asserts = [.. Lines().Where(line => line.Tier != 'C' || line.Methods.Any())];
        Assert.That(asserts, Has.Length.AtLeast(LeastLines));

        Line[] missing = [.. asserts.Where(line => !line.IsThere)];
        Assert.That(missing.Where(line => !IsWithout(line)), Is.Empty);
        Assert.That(s_without.Where(line => !missing.Any(other => (other.Function, other.Assertion) == (line.Function, line.Assertion))), Is.Empty, "lines that the port has now");
    }

    private static bool IsWithout(Line missing) => s_without.Any(line => (missing.Function, missing.Assertion) == (line.Function, line.Assertion));

    /// <summary>The list has check_irqs_on() twice: as who asserts, and as the assertion. VM_BUG_ON is compiled for debugging only.</summary>
    private static IEnumerable<Line> Lines() => PortedFunctions.Reference("lock_asserts.tsv")
        .Select(column => new Line(column[0], column[1], column[2][0], column[3], column[4]))
#if !DEBUG
        .Where(line => !s_states.ContainsKey(line.Subject))
#endif
        .Where(line => line.Function != line.Assertion);

    /// <summary>A line. Of tier C is what the inventory leaves out of the port, though some of it is there.</summary>
    private sealed record Line(string File, string Function, char Tier, string Assertion, string Subject)
    {
        public IEnumerable<MethodBase> Methods => PortedFunctions.Of(File, Function);

        public bool IsThere => s_attributes.TryGetValue(Assertion, out Type[]? attributes) ? Methods.Any(method => PortedFunctions.PathsOf(method, attributes).Any(Names))
            : s_states.TryGetValue(Subject, out string? state) ? Methods.Any(method => IlCalls.Of(method).Any(call => call.Callee.Name == state) && IlCalls.Of(method).Any(IsBug))
            : Methods.SelectMany(IlCalls.Of).Any(call => call.Callee.Name == Assertion && (!NamesLock || call.Named.Any(member => Names(member.Name))));

        /// <summary>Only these have a lock for their subject, which is a field or a static; of others it is an argument.</summary>
        private bool NamesLock => Assertion is "lockdep_assert_held" or "assert_spin_locked";

        private bool Names(string path) => Regex.IsMatch(path, $@"(^|\W){Regex.Match(Subject, @"(\w+)\W*$").Groups[1].Value}(_of)?$");

        private static bool IsBug((MethodBase Callee, MemberInfo[] Named) call) =>
            call.Callee.Name.Contains("BUG_ON", StringComparison.Ordinal) || call.Callee.Name.Contains("WARN_ON", StringComparison.Ordinal);
    }
}
