// SPDX-License-Identifier: GPL-2.0-only
using System.Reflection;
using CsCheck;
using KMemcg.Kernel.Tests.fs;
using Linux;
using NUnit.Framework;
using static Linux.linux_backing_dev_defs_h;
using static Linux.linux_backing_dev_h;
using static Linux.linux_errno_h;
using static Linux.linux_fs_h;
using static Linux.linux_mmzone_h;
using static Linux.linux_writeback_h;
using static Linux.mm_page_writeback_c;

namespace KMemcg.Kernel.Tests.mm;

/// <summary>page-writeback.c: limits, the rate at which tasks may dirty, and who is held up for how long.</summary>
[TestFixture]
internal sealed unsafe class PageWritebackTests
{
    private const int MiB = 256; // in pages

    private static T Private<T>(string name, params object[] arguments) =>
        (T)typeof(mm_page_writeback_c).GetMethod(name, BindingFlags.Static | BindingFlags.NonPublic | BindingFlags.Public)!.Invoke(null, arguments)!;

    // A write makes a folio of its size: these are of one page.
    private static void WriteSinglePages(WritebackMachine m, user_task t, int fd, int first, int pages)
    {
        for (int i = first; i < first + pages; i++)
            m.WritePages(t, fd, i, 1);
    }

    [Test]
    public void Layout()
    {
        StructLayout.Matches<bdi_writeback>();
        StructLayout.Matches<backing_dev_info>();
        StructLayout.Matches<writeback_control>();
        StructLayout.Matches<dirty_throttle_control>();
        StructLayout.Matches<wb_lock_cookie>();
        StructLayout.Matches<wb_domain>();
    }

    // ---------------------------------------------------------------- limits

    private static (ulong background, ulong dirty) Limits(WritebackMachine m) => m.Run(() =>
    {
        ulong background, dirty;
        global_dirty_limits(&background, &dirty);
        return (background, dirty);
    });

    [Test]
    public void Limits_follow_the_sysctls()
    {
        using var m = new WritebackMachine();
        var (background, dirty) = Limits(m);
        Assert.That((double)background / dirty, Is.EqualTo(0.5).Within(0.01), "10 and 20 percent");

        m.Run(() => WritebackMachine.Sysctl("vm.dirty_ratio", 40));
        Assert.That((double)Limits(m).dirty / dirty, Is.EqualTo(2).Within(0.02));
        Assert.That(m.Run(() => sysctl.read("vm.dirty_ratio")), Is.EqualTo("40"));

        m.Run(() => WritebackMachine.Sysctl("vm.dirty_bytes", 8 << 20));
        Assert.That(Limits(m).dirty, Is.EqualTo(8 * MiB));
        Assert.That(m.Run(() => sysctl.read("vm.dirty_ratio")), Is.EqualTo("0"));
        Assert.That(Limits(m).background, Is.EqualTo(4 * MiB), "never above half");
        m.Run(() => WritebackMachine.Sysctl("vm.dirty_background_bytes", 1 << 20));
        Assert.That(Limits(m).background, Is.EqualTo(1 * MiB));
        Assert.That(m.Run(() => sysctl.read("vm.dirty_background_ratio")), Is.EqualTo("0"));

        m.Run(() => WritebackMachine.Sysctl("vm.dirty_ratio", 20));
        Assert.That(m.Run(() => sysctl.read("vm.dirty_bytes")), Is.EqualTo("0"));
        Assert.Multiple(() =>
        {
            Assert.That(m.Run(() => sysctl.write("vm.dirty_ratio", "101")), Is.EqualTo(-EINVAL));
            Assert.That(m.Run(() => sysctl.write("vm.dirty_bytes", "4096")), Is.EqualTo(-EINVAL), "two pages at least");
            Assert.That(m.Run(() => sysctl.write("vm.dirty_background_bytes", $"{1L << 45}")), Is.EqualTo(-ERANGE));
        });
    }

    [Test]
    public void Shares_of_devices_stay_within_their_bounds()
    {
        using var m = new WritebackMachine();
        m.Run(() =>
        {
            backing_dev_info* bdi = WritebackMachine.Bdi;
            Assert.That(bdi_set_min_ratio(bdi, 101), Is.EqualTo(-EINVAL));
            Assert.That(bdi_set_min_ratio(bdi, 100), Is.EqualTo(-EINVAL), "something is left for others");
            Assert.That(bdi_set_min_ratio(bdi, 30), Is.Zero);
            Assert.That(bdi_set_max_ratio(bdi, 20), Is.EqualTo(-EINVAL), "below the least");
            Assert.That(bdi_set_max_ratio(bdi, 50), Is.Zero);
            Assert.That(bdi_set_min_ratio(bdi, 60), Is.EqualTo(-EINVAL), "above the largest");

            const ulong Threshold = 10_000;
            ulong share = wb_calc_thresh(&bdi->wb, Threshold);
            Assert.That(share, Is.InRange(3000, 5000));

            Assert.That(bdi_set_max_bytes(bdi, 4 << 20), Is.EqualTo(-EINVAL), "below the least");
            Assert.That(bdi_set_min_ratio(bdi, 0), Is.Zero);
            Assert.That(bdi_set_max_bytes(bdi, 4 << 20), Is.Zero);
            Assert.That((double)bdi_get_max_bytes(bdi), Is.EqualTo(4 << 20).Within(64 << 10));
            Assert.That(bdi_set_strict_limit(bdi, 2), Is.EqualTo(-EINVAL));
        });
    }

    // ---------------------------------------------------------------- formulas

    /// <summary>1.0 at the setpoint, 2.0 where throttling begins, 0 at the limit, and never rising.</summary>
    [Test]
    public void Position_is_steered_by_a_cubic() =>
        Gen.Select(Gen.ULong[1, 1 << 24], Gen.ULong[1, 1 << 24]).Sample((freerun, scope) =>
        {
            ulong limit = freerun + (2 * scope);
            ulong setpoint = (freerun + limit) / 2;
            long At(ulong dirty) => Private<long>("pos_ratio_polynom", setpoint, dirty, limit);
            long previous = long.MaxValue;
            for (ulong step = 0; step <= 16; step++)
            {
                long now = At(freerun + (2 * scope * step / 16));
                if (now > previous || now is < 0 or > 2048)
                    return false;
                previous = now;
            }

            // (limit - setpoint) | 1 makes the slope a little smaller for small domains.
            return At(setpoint) == 1024 && (scope < 4096 || (At(freerun) >= 2040 && At(limit) <= 8));
        }, iter: 2000);

    [Test]
    public void A_task_looks_again_after_the_root_of_what_is_left() => Assert.Multiple(() =>
    {
        Assert.That(Private<ulong>("dirty_poll_interval", 0UL, 1024UL), Is.EqualTo(32));
        Assert.That(Private<ulong>("dirty_poll_interval", 1000UL, 1016UL), Is.EqualTo(4));
        Assert.That(Private<ulong>("dirty_poll_interval", 1024UL, 1024UL), Is.EqualTo(1));
        Assert.That(Private<ulong>("dirty_poll_interval", 4096UL, 1024UL), Is.EqualTo(1));
    });

    // ---------------------------------------------------------------- throttling

    /// <summary>How long the machine took, in milliseconds.</summary>
    private static double Milliseconds(Action what)
    {
        ulong start = machine.now;
        what();
        return (machine.now - start) / 1e6;
    }

    [Test]
    public void A_writer_over_the_limit_writes_as_fast_as_the_disk()
    {
        using var m = new WritebackMachine(megabytesPerSecond: 20);
        m.Run(() => WritebackMachine.Sysctl("vm.dirty_bytes", 8 << 20));
        user_task t = m.Task();
        int fd = WritebackMachine.Open(t, "f");
        long most = 0;
        double ms = Milliseconds(() =>
        {
            for (int i = 0; i < 40; i++)
            {
                m.WritePages(t, fd, i * MiB, MiB);
                most = Math.Max(most, m.Global(NR_FILE_DIRTY) + m.Global(NR_WRITEBACK));
            }
        });

        // 40 MiB at 20 MB/s, less what may be dirty.
        Assert.That(ms, Is.InRange(1500, 2600));
        Assert.That(most, Is.LessThan(9 * MiB));
        Assert.That(m.Run(() => WritebackMachine.Bdi->wb.write_bandwidth * 4096 / 1e6), Is.InRange(15, 80), "from 100 MB/s towards 20");
        WritebackMachine.Sync();
        m.AssertClean();
    }

    [Test]
    public void Below_the_limits_nobody_waits()
    {
        using var m = new WritebackMachine(megabytesPerSecond: 20);
        user_task t = m.Task();
        int fd = WritebackMachine.Open(t, "f");
        Assert.That(Milliseconds(() => m.WritePages(t, fd, 0, 10 * MiB)), Is.LessThan(100));
        Assert.That(m.Global(NR_FILE_DIRTY), Is.GreaterThanOrEqualTo(10 * MiB));
    }

    [Test]
    public void Over_the_background_limit_the_flusher_writes_and_nobody_waits()
    {
        using var m = new WritebackMachine(megabytesPerSecond: 20);
        m.Run(() => WritebackMachine.Sysctl("vm.dirty_background_bytes", 2 << 20));
        user_task t = m.Task();
        int fd = WritebackMachine.Open(t, "f");
        Assert.That(Milliseconds(() => m.WritePages(t, fd, 0, 6 * MiB)), Is.LessThan(100));
        m.Sleep(1000);
        Assert.That(m.Global(NR_FILE_DIRTY), Is.LessThanOrEqualTo(2 * MiB + 8), "with what of the file system changes by it");
    }

    [Test]
    public void A_group_is_held_up_by_its_own_domain_and_others_are_not()
    {
        using var m = new WritebackMachine(megabytesPerSecond: 20);
        var (a, fa) = m.Writer("A", "a");
        var (b, fb) = m.Writer("B", "b");
        WritebackMachine.Write("A/memory.max", "16M");

        // A fifth of 16 MiB may be dirty, of the machine's 256 far more.
        long most = 0;
        double ms = Milliseconds(() =>
        {
            for (int i = 0; i < 24; i++)
            {
                m.WritePages(a, fa, i * MiB, MiB);
                most = Math.Max(most, (m.Stat("A", "file_dirty") + m.Stat("A", "file_writeback")) / 4096);
            }
        });
        Assert.That(ms, Is.InRange(700, 1700));
        Assert.That(most, Is.LessThan(6 * MiB));
        Assert.That(m.WbStat(WB_WRITTEN, WritebackMachine.Id("A")), Is.GreaterThan(16 * MiB));

        Assert.That(Milliseconds(() => m.WritePages(b, fb, 0, 10 * MiB)), Is.LessThan(200));
        WritebackMachine.Sync();
        m.AssertClean();
    }

    /// <summary>B fills its domain with pages of an inode that A's wb writes: B has nothing to flush itself, and has A's flushed.</summary>
    [Test]
    public void A_group_full_of_foreign_dirty_pages_has_them_flushed()
    {
        using var m = new WritebackMachine(megabytesPerSecond: 40);
        var (a, fa) = m.Writer("A", "f");
        var (b, fb) = m.Writer("B", "f");
        WritebackMachine.Write("B/memory.max", "16M");
        m.WritePages(a, fa, 0, 1);
        int owner = WritebackMachine.Id("A"), foreign = WritebackMachine.Id("B");
        Assert.That(m.Owner(WritebackMachine.Inode(a, fa)), Is.EqualTo(owner));

        WriteSinglePages(m, b, fb, 1, 12 * MiB);
        Assert.That(m.Owner(WritebackMachine.Inode(a, fa)), Is.AnyOf(owner, foreign));
        Assert.That(m.WbStat(WB_WRITTEN, owner), Is.GreaterThan(4 * MiB), "written by A's wb, which A did not ask for");
        Assert.That(m.Stat("B", "file_dirty") / 4096, Is.LessThan(5 * MiB));
        Assert.That(m.Run(() =>
        {
            linux_rcupdate_h.rcu_read_lock();
            mem_cgroup* memcg = linux_memcontrol_h.mem_cgroup_from_css(kernel_cgroup_cgroup_c.css_from_id(foreign, mm_memcontrol_c.memory_cgrp_subsys));
            linux_rcupdate_h.rcu_read_unlock();
            return (memcg->cgwb_frn[0].memcg_id, memcg->cgwb_frn[0].bdi_id);
        }), Is.EqualTo((owner, m.Run(() => WritebackMachine.Bdi->id))));
        WritebackMachine.Sync();
        m.AssertClean();
    }

    [Test]
    public void Under_a_strict_limit_a_device_is_held_to_its_own_share()
    {
        using var m = new WritebackMachine(megabytesPerSecond: 20);
        m.Run(() =>
        {
            Assert.That(bdi_set_max_ratio(WritebackMachine.Bdi, 10), Is.Zero);
            Assert.That(bdi_set_strict_limit(WritebackMachine.Bdi, 1), Is.Zero);
        });
        user_task t = m.Task();
        int fd = WritebackMachine.Open(t, "f");
        // The machine's limit is some 45 MiB: a tenth of it is the device's.
        Assert.That(Milliseconds(() => m.WritePages(t, fd, 0, 20 * MiB)), Is.GreaterThan(500));
        WritebackMachine.Sync();
        m.AssertClean();
    }

    [Test]
    public void A_task_that_is_killed_does_not_wait_for_the_disk()
    {
        using var m = new WritebackMachine(megabytesPerSecond: 1);
        m.Run(() => WritebackMachine.Sysctl("vm.dirty_bytes", 1 << 20));
        user_task t = m.Task();
        int fd = WritebackMachine.Open(t, "f");
        m.WritePages(t, fd, 0, MiB);
        machine_request r = machine.post(t, () =>
        {
            kernel_entry_c.syscall_enter();
            @file* f = fs_file_c.fget(fd);
            address_space* mapping = f->f_mapping;
            fs_file_table_c.fput(f);
            asm_percpu_h.current->nr_dirtied = 1 << 20;
            balance_dirty_pages_ratelimited(mapping);
            return kernel_entry_c.syscall_exit(0);
        });
        m.Sleep(50);
        Assert.That(r.done, Is.False);
        machine.kill(t);
        m.Sleep(300);
        Assert.That(t.alive, Is.False);
    }

    // ---------------------------------------------------------------- walking a mapping

    [Test]
    public void A_cyclic_round_goes_on_where_the_last_one_stopped()
    {
        using var m = new WritebackMachine();
        user_task t = m.Task();
        int fd = WritebackMachine.Open(t, "f");
        WriteSinglePages(m, t, fd, 0, 100);
        nint inode = WritebackMachine.Inode(t, fd);
        m.Run(() =>
        {
            address_space* mapping = ((inode*)inode)->i_mapping;
            ulong[] stops = new ulong[4];
            for (int round = 0; round < stops.Length; round++)
            {
                writeback_control wbc = new() { sync_mode = WB_SYNC_NONE, range_cyclic = true, nr_to_write = 30 };
                wbc_round(mapping, &wbc);
                stops[round] = mapping->writeback_index;
            }

            Assert.That(stops, Is.EqualTo(new ulong[] { 30, 60, 90, 0 }));
        });
        WritebackMachine.Sync();
        m.AssertClean();
    }

    private static void wbc_round(address_space* mapping, writeback_control* wbc) => Assert.That(do_writepages(mapping, wbc), Is.Zero);

    [Test]
    public void What_is_dirtied_after_the_tags_is_left_for_the_next_round()
    {
        using var m = new WritebackMachine();
        user_task t = m.Task();
        int fd = WritebackMachine.Open(t, "f");
        WriteSinglePages(m, t, fd, 0, 10);
        WriteSinglePages(m, t, fd, 20, 10);
        nint inode = WritebackMachine.Inode(t, fd);
        m.Run(() =>
        {
            address_space* mapping = ((inode*)inode)->i_mapping;
            tag_pages_for_writeback(mapping, 0, 24);
            int tagged = 0;
            for (ulong i = 0; i < 30; i++)
                tagged += lib_xarray_c.xa_get_mark(&mapping->i_pages, i, PAGECACHE_TAG_TOWRITE) ? 1 : 0;
            Assert.That(tagged, Is.EqualTo(15));
        });
        WritebackMachine.Sync();
        m.AssertClean();
    }
}
