// SPDX-License-Identifier: GPL-2.0-only
using Linux;
using NUnit.Framework;
using static KMemcg.Kernel.Tests.cgroup.CgroupMachine;

namespace KMemcg.Kernel.Tests.cgroup;

/// <summary>The end of a group: kill, offline, release, free, and that nothing is left.</summary>
[TestFixture]
internal sealed unsafe class LifeTests
{
    [Test]
    public void A_group_that_is_held_is_dying_until_it_is_let_go()
    {
        using var m = new CgroupMachine();
        Ok(Mkdir("A"), Mkdir("A/B"));
        Linux.cgroup* b = null;
        Ok(Syscall(() =>
        {
            fixed (byte* path = "/A/B\0"u8)
                b = kernel_cgroup_cgroup_c.cgroup_get_from_path(path);
            return 0;
        }), Rmdir("A/B"));
        Settle();
        Assert.That((Key("A/cgroup.stat", "nr_descendants"), Key("A/cgroup.stat", "nr_dying_descendants"), Key("cgroup.stat", "nr_dying_descendants")),
            Is.EqualTo((0, 1, 1)));
        Ok(Mkdir("A/B"), Rmdir("A/B"));
        Ok(Syscall(() =>
        {
            linux_cgroup_h.cgroup_put(b);
            return 0;
        }));
        Settle();
        Assert.That((Key("A/cgroup.stat", "nr_dying_descendants"), Key("cgroup.stat", "nr_dying_descendants")), Is.EqualTo((0, 0)));
        Ok(Rmdir("A"));
    }

    [Test]
    public void A_css_that_is_held_is_dying_while_its_group_lives()
    {
        using var m = new CgroupMachine();
        Ok(Write("cgroup.subtree_control", "+pids"), Mkdir("A"));
        cgroup_subsys_state* css = null;
        Ok(Syscall(() =>
        {
            fixed (byte* path = "A\0"u8)
            {
                Linux.cgroup* a = kernel_cgroup_cgroup_c.cgroup_get_from_path(path);
                css = kernel_cgroup_cgroup_c.cgroup_get_e_css(a, kernel_cgroup_pids_c.pids_cgrp_subsys);
                linux_cgroup_h.cgroup_put(a);
            }
            return 0;
        }), Write("cgroup.subtree_control", "-pids"));
        Settle();
        Assert.That((Key("A/cgroup.stat", "nr_subsys_pids"), Key("A/cgroup.stat", "nr_dying_subsys_pids"), Key("cgroup.stat", "nr_dying_subsys_pids")),
            Is.EqualTo((0, 1, 1)));
        Ok(Syscall(() =>
        {
            linux_cgroup_refcnt_h.css_put(css);
            return 0;
        }));
        Settle();
        Assert.That(Key("cgroup.stat", "nr_dying_subsys_pids"), Is.Zero);
    }

    [Test]
    public void Deep_trees_go_from_the_leaves()
    {
        using var m = new CgroupMachine();
        Ok(Write("cgroup.subtree_control", "+pids"));
        string path = "";
        var all = new List<string>();
        for (int i = 0; i < 20; i++)
        {
            path += (i == 0 ? "" : "/") + "d";
            Ok(Mkdir(path));
            if (i < 19)
                Ok(Write(path + "/cgroup.subtree_control", "+pids"));
            all.Add(path);
        }
        for (int i = 20; i-- > 0;)
            Ok(Rmdir(all[i]));
        Settle();
        Assert.That(Key("cgroup.stat", "nr_dying_descendants"), Is.Zero);
    }
}
