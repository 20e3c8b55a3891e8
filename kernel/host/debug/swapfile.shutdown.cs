// SPDX-License-Identifier: GPL-2.0-only
namespace Linux;

// The end of a machine: Linux keeps the descriptor of a swap area for the next one.
public static unsafe partial class mm_swapfile_c
{
    /// <summary>Gives back the descriptors of areas that are off.</summary>
    internal static void free_swap_info()
    {
        for (uint type = 0; type < nr_swapfiles; type++)
        {
            BUG_ON((swap_info[type]->flags & SWP_USED) != 0);
            percpu_ref_exit(&swap_info[type]->users);
            kvfree(swap_info[type]);
            swap_info[type] = null;
        }
        nr_swapfiles = 0;
    }
}
