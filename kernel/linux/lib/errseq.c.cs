// SPDX-License-Identifier: GPL-2.0-only
// An error and a counter in one word: who looks later learns once of an error that came since.
using static Linux.linux_err_h;
using static Linux.linux_log2_h;

namespace Linux;

public static unsafe partial class lib_errseq_c
{
    private static readonly int ERRSEQ_SHIFT = ilog2(MAX_ERRNO) + 1;

    /// <summary>Someone has sampled this value, so the next error must change the counter.</summary>
    private static readonly uint ERRSEQ_SEEN = 1u << ERRSEQ_SHIFT;
    private static readonly uint ERRNO_MASK = ERRSEQ_SEEN - 1;
    private static readonly uint ERRSEQ_CTR_INC = 1u << (ERRSEQ_SHIFT + 1);

    [KernelSource("lib/errseq.c", "errseq_set", Parity.Full)]
    public static errseq_t errseq_set(errseq_t* eseq, int err)
    {
        errseq_t cur, old;

        old = READ_ONCE(eseq);

        if (WARN_ON(unlikely(err == 0 || (uint)-err > MAX_ERRNO)))
            return old;

        for (;;)
        {
            errseq_t @new = (old & ~(ERRNO_MASK | ERRSEQ_SEEN)) | (uint)-err;

            if ((old & ERRSEQ_SEEN) != 0)
                @new += ERRSEQ_CTR_INC;

            if (@new == old)
            {
                cur = @new;
                break;
            }

            cur = cmpxchg(eseq, old, @new);

            // The same error by someone else's hand is as good as ours.
            if (likely(cur == old || cur == @new))
                break;

            old = cur;
        }
        return cur;
    }

    [KernelSource("lib/errseq.c", "errseq_sample", Parity.Full)]
    public static errseq_t errseq_sample(errseq_t* eseq)
    {
        errseq_t old = READ_ONCE(eseq);

        // An error nobody has seen is to be seen by this one too.
        if ((old & ERRSEQ_SEEN) == 0)
            old = 0;
        return old;
    }

    [KernelSource("lib/errseq.c", "errseq_check", Parity.Full)]
    public static int errseq_check(errseq_t* eseq, errseq_t since)
    {
        errseq_t cur = READ_ONCE(eseq);

        if (likely(cur == since))
            return 0;
        return -(int)(cur & ERRNO_MASK);
    }

    [KernelSource("lib/errseq.c", "errseq_check_and_advance", Parity.Full)]
    public static int errseq_check_and_advance(errseq_t* eseq, errseq_t* since)
    {
        int err = 0;
        errseq_t old = READ_ONCE(eseq);

        if (old != *since)
        {
            errseq_t @new = old | ERRSEQ_SEEN;

            if (@new != old)
                cmpxchg(eseq, old, @new);
            *since = @new;
            err = -(int)(@new & ERRNO_MASK);
        }
        return err;
    }
}
