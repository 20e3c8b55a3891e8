// SPDX-License-Identifier: GPL-2.0-only
// Correct: fields that several CPUs touch, read once and used often.
namespace Linux;

public static unsafe partial class marked_c
{
    private static bool read_once_use_twice(page_counter* counter, ulong usage)
    {
        ulong max = READ_ONCE(&counter->max);

        return usage > max || max == 0;
    }

    private static void write_once(page_counter* counter, ulong max) => WRITE_ONCE(&counter->max, max);

    private static ulong swapped(page_counter* counter, ulong max) => xchg(&counter->max, max);

    private static void raised_by_cmpxchg(page_counter* counter, ulong usage)
    {
        ulong old = READ_ONCE(&counter->watermark);

        while (usage > old)
        {
            ulong seen = cmpxchg(&counter->watermark, old, usage);

            if (seen == old)
                break;
            old = seen;
        }
    }

    private static void different_fields(page_counter* counter)
    {
        if (READ_ONCE(&counter->high) != 0)
            WRITE_ONCE(&counter->watermark, READ_ONCE(&counter->max));
    }

    private static void same_field_of_two_objects(page_counter* a, page_counter* b)
    {
        if (READ_ONCE(&a->max) != 0)
            WRITE_ONCE(&a->max, READ_ONCE(&b->max));
    }

    private static void polled(page_counter* counter)
    {
        while (READ_ONCE(&counter->max) == 0)
            cpu_relax();
    }

    private static bool bits(inode* inode)
    {
        set_bit(1, &inode->i_wb_switching);
        return test_bit(1, &inode->i_wb_switching);
    }

    private static void published(page_counter* counter)
    {
        WRITE_ONCE(&counter->max, 1UL);
        // Pairs with the smp_rmb of read_published: high is not seen before max.
        smp_wmb();
        WRITE_ONCE(&counter->high, 1UL);
    }

    private static ulong read_published(page_counter* counter)
    {
        ulong high = READ_ONCE(&counter->high);

        smp_rmb(); // pairs with the smp_wmb of published
        return high + READ_ONCE(&counter->max);
    }

    private static void acquired_and_released(page_counter* counter)
    {
        ulong max = smp_load_acquire(&counter->max);

        smp_store_release(&counter->high, max);
    }
}
