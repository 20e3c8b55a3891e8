// SPDX-License-Identifier: GPL-2.0-only
using Linux;
using NUnit.Framework;

namespace KMemcg.Kernel.Tests.cgroup;

/// <summary>The structs of cgroup-defs.h against those of the recorded kernel.</summary>
[TestFixture]
internal sealed unsafe class LayoutTests
{
    [Test]
    public void Css() => StructLayout.Matches<cgroup_subsys_state>();

    [Test]
    public void Css_rstat_cpu() => StructLayout.Matches<css_rstat_cpu>();

    [Test]
    public void Cgroup_file() => StructLayout.Matches<cgroup_file>();

    [Test]
    public void Cgroup_of_peak() => StructLayout.Matches<cgroup_of_peak>();

    /// <summary>
    /// Up to its arrays by controller a cgroup is the kernel's. There the port has 9 controllers and the recorded kernel
    /// was built with 12, and behind them it has no BPF.
    /// </summary>
    [Test]
    public void Cgroup() => StructLayout.Matches<Linux.cgroup>(size: false, except: [
        "nr_dying_subsys", "root", "cset_links", "dom_cgrp", "old_dom_cgrp", "rstat_base_cpu", "_pad_", "last_bstat", "bstat", "prev_cputime", "pidlists",
        "pidlist_mutex", "offline_waitq", "release_agent_work", "psi", "freezer",
    ]);

    /// <summary>What flushes write is not on the line of the per-CPU pointer that updates read.</summary>
    [Test]
    public void Statistics_are_off_the_line_of_the_rstat_pointer()
    {
        Linux.cgroup c;
        Assert.That((byte*)&c.last_bstat - (byte*)&c, Is.Positive.And.Matches<long>(at => at % 64 == 0));
        Assert.That((byte*)&c.last_bstat - (byte*)&c.rstat_base_cpu, Is.GreaterThanOrEqualTo(8));
    }
}
