// SPDX-License-Identifier: GPL-2.0-only
using static Linux.linux_fault_inject_h;
using static Linux.linux_random_h;

namespace Linux;

/// <summary>Failures on demand.</summary>
public static unsafe partial class lib_fault_inject_c
{
    [KernelSource("lib/fault-inject.c", "fail_dump", Parity.Reduced, "no limit to the rate; attributes have no name")]
    private static void fail_dump(fault_attr* attr)
    {
        if (attr->verbose > 0)
        {
            pr_notice("FAULT_INJECTION: forcing a failure.");
            pr_notice($"interval {attr->interval}, probability {attr->probability}, space {atomic_read(&attr->space)}, times {atomic_read(&attr->times)}");
            if (attr->verbose > 1)
                dump_stack();
        }
    }

    [KernelSource("lib/fault-inject.c", "should_fail_ex", Parity.Reduced, "no filter by stack, and none by task but fail_nth")]
    public static bool should_fail_ex(fault_attr* attr, long size, int flags)
    {
        if (in_task())
        {
            uint fail_nth = READ_ONCE(&current->fail_nth);

            if (fail_nth != 0)
            {
                fail_nth--;
                WRITE_ONCE(&current->fail_nth, fail_nth);
                if (fail_nth == 0)
                    goto fail;

                return false;
            }
        }

        if (attr->probability == 0)
            return false;

        if (atomic_read(&attr->times) == 0)
            return false;

        if (atomic_read(&attr->space) > size)
        {
            atomic_sub((int)size, &attr->space);
            return false;
        }

        if (attr->interval > 1)
        {
            attr->count++;
            if (attr->count % attr->interval != 0)
                return false;
        }

        if (attr->probability <= get_random_u32_below(100))
            return false;

    fail:
        if ((flags & FAULT_NOWARN) == 0)
            fail_dump(attr);

        if (atomic_read(&attr->times) != -1)
            atomic_dec_if_positive(&attr->times);

        return true;
    }

    [KernelSource("lib/fault-inject.c", "should_fail", Parity.Full)]
    public static bool should_fail(fault_attr* attr, long size) => should_fail_ex(attr, size, 0);
}
