// SPDX-License-Identifier: GPL-2.0-only
namespace Linux;

public partial struct seqcount_t
{
    public uint sequence;
}

/// <summary>A sequence count whose writers hold a spinlock; without the validator it does not know which.</summary>
public partial struct seqcount_spinlock_t
{
    public seqcount_t seqcount;
}

[LockClass(Kind = LockKind.Seq)]
public partial struct seqlock_t
{
    public seqcount_spinlock_t seqcount;
    public spinlock_t @lock;
}

/// <summary>Sequence counts: writers make the count odd while they write, readers read again if it changed.</summary>
[ContextPrimitive]
public static unsafe class linux_seqlock_h
{
    [KernelSource("include/linux/seqlock.h", "seqcount_init", Parity.Full)]
    public static void seqcount_init(seqcount_t* s) => s->sequence = 0;

    [KernelSource("include/linux/seqlock.h", "seqcount_spinlock_init", Parity.Full)]
    public static void seqcount_spinlock_init(seqcount_spinlock_t* s, spinlock_t* @lock) => s->seqcount.sequence = 0;

    [KernelSource("include/linux/seqlock.h", "seqlock_init", Parity.Full)]
    public static void seqlock_init(seqlock_t* sl,
        [CallerArgumentExpression(nameof(sl))] string name = "", [CallerFilePath] string file = "", [CallerLineNumber] int line = 0)
    {
        spin_lock_init(&sl->@lock, name, file, line);
        seqcount_spinlock_init(&sl->seqcount, &sl->@lock);
    }

    /* Readers. */

    [KernelSource("include/linux/seqlock.h", "__read_seqcount_begin", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint __read_seqcount_begin(seqcount_t* s)
    {
        uint seq = smp_load_acquire(&s->sequence);
        return (seq & 1) == 0 ? seq : wait_for_even(s);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static uint wait_for_even(seqcount_t* s)
    {
        int spins = 0;
        uint seq;
        while (((seq = smp_load_acquire(&s->sequence)) & 1) != 0)
            linux_spinlock_h.spin_once(ref spins, s);
        return seq;
    }

    [KernelSource("include/linux/seqlock.h", "raw_read_seqcount_begin", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint raw_read_seqcount_begin(seqcount_t* s) => __read_seqcount_begin(s);

    [KernelSource("include/linux/seqlock.h", "read_seqcount_begin", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint read_seqcount_begin(seqcount_t* s) => __read_seqcount_begin(s);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint read_seqcount_begin(seqcount_spinlock_t* s) => __read_seqcount_begin(&s->seqcount);

    /// <summary>The count as it is, odd or even.</summary>
    [KernelSource("include/linux/seqlock.h", "raw_read_seqcount", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint raw_read_seqcount(seqcount_t* s) => smp_load_acquire(&s->sequence);

    /// <summary>Does not wait for a writer: a count that is odd will fail the retry.</summary>
    [KernelSource("include/linux/seqlock.h", "raw_seqcount_begin", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint raw_seqcount_begin(seqcount_t* s) => smp_load_acquire(&s->sequence) & ~1U;

    [KernelSource("include/linux/seqlock.h", "raw_seqcount_try_begin", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool raw_seqcount_try_begin(seqcount_t* s, out uint start)
    {
        start = smp_load_acquire(&s->sequence);
        return (start & 1) == 0;
    }

    [KernelSource("include/linux/seqlock.h", "__read_seqcount_retry", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool __read_seqcount_retry(seqcount_t* s, uint start) => READ_ONCE(&s->sequence) != start;

    [KernelSource("include/linux/seqlock.h", "read_seqcount_retry", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool read_seqcount_retry(seqcount_t* s, uint start)
    {
        smp_rmb();
        return __read_seqcount_retry(s, start);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool read_seqcount_retry(seqcount_spinlock_t* s, uint start) => read_seqcount_retry(&s->seqcount, start);

    /* Writers. */

    [KernelSource("include/linux/seqlock.h", "raw_write_seqcount_begin", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void raw_write_seqcount_begin(seqcount_t* s)
    {
        WRITE_ONCE(&s->sequence, s->sequence + 1);
        smp_wmb();
    }

    [KernelSource("include/linux/seqlock.h", "raw_write_seqcount_end", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void raw_write_seqcount_end(seqcount_t* s)
    {
        smp_wmb();
        WRITE_ONCE(&s->sequence, s->sequence + 1);
    }

    [KernelSource("include/linux/seqlock.h", "write_seqcount_begin", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void write_seqcount_begin(seqcount_t* s)
    {
        lockdep_assert_preemption_disabled();
        raw_write_seqcount_begin(s);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void write_seqcount_begin(seqcount_spinlock_t* s) => raw_write_seqcount_begin(&s->seqcount);

    [KernelSource("include/linux/seqlock.h", "write_seqcount_begin_nested", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void write_seqcount_begin_nested(seqcount_t* s, int subclass) => write_seqcount_begin(s);

    [KernelSource("include/linux/seqlock.h", "write_seqcount_end", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void write_seqcount_end(seqcount_t* s) => raw_write_seqcount_end(s);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void write_seqcount_end(seqcount_spinlock_t* s) => raw_write_seqcount_end(&s->seqcount);

    /// <summary>All readers under way must read again.</summary>
    [KernelSource("include/linux/seqlock.h", "write_seqcount_invalidate", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void write_seqcount_invalidate(seqcount_t* s)
    {
        smp_wmb();
        WRITE_ONCE(&s->sequence, s->sequence + 2);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void write_seqcount_invalidate(seqcount_spinlock_t* s) => write_seqcount_invalidate(&s->seqcount);

    /* seqlock_t */

    [KernelSource("include/linux/seqlock.h", "read_seqbegin", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint read_seqbegin(seqlock_t* sl) => __read_seqcount_begin(&sl->seqcount.seqcount);

    [KernelSource("include/linux/seqlock.h", "read_seqretry", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool read_seqretry(seqlock_t* sl, uint start) => read_seqcount_retry(&sl->seqcount.seqcount, start);

    [KernelSource("include/linux/seqlock.h", "write_seqlock", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    [Acquires("sl")]
    public static void write_seqlock(seqlock_t* sl,
        [CallerArgumentExpression(nameof(sl))] string name = "", [CallerFilePath] string file = "", [CallerLineNumber] int line = 0)
    {
        spin_lock(&sl->@lock, name, file, line);
        raw_write_seqcount_begin(&sl->seqcount.seqcount);
    }

    [KernelSource("include/linux/seqlock.h", "write_sequnlock", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    [Releases("sl")]
    public static void write_sequnlock(seqlock_t* sl,
        [CallerArgumentExpression(nameof(sl))] string name = "", [CallerFilePath] string file = "", [CallerLineNumber] int line = 0)
    {
        raw_write_seqcount_end(&sl->seqcount.seqcount);
        spin_unlock(&sl->@lock, name, file, line);
    }

    [KernelSource("include/linux/seqlock.h", "write_seqlock_irq", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    [Acquires("sl"), IrqDisable]
    public static void write_seqlock_irq(seqlock_t* sl,
        [CallerArgumentExpression(nameof(sl))] string name = "", [CallerFilePath] string file = "", [CallerLineNumber] int line = 0)
    {
        spin_lock_irq(&sl->@lock, name, file, line);
        raw_write_seqcount_begin(&sl->seqcount.seqcount);
    }

    [KernelSource("include/linux/seqlock.h", "write_sequnlock_irq", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    [Releases("sl"), IrqEnable]
    public static void write_sequnlock_irq(seqlock_t* sl,
        [CallerArgumentExpression(nameof(sl))] string name = "", [CallerFilePath] string file = "", [CallerLineNumber] int line = 0)
    {
        raw_write_seqcount_end(&sl->seqcount.seqcount);
        spin_unlock_irq(&sl->@lock, name, file, line);
    }

    [KernelSource("include/linux/seqlock.h", "write_seqlock_irqsave", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    [Acquires("sl"), IrqSave("flags")]
    public static void write_seqlock_irqsave(seqlock_t* sl, out IrqFlags flags,
        [CallerArgumentExpression(nameof(sl))] string name = "", [CallerFilePath] string file = "", [CallerLineNumber] int line = 0)
    {
        spin_lock_irqsave(&sl->@lock, out flags, name, file, line);
        raw_write_seqcount_begin(&sl->seqcount.seqcount);
    }

    [KernelSource("include/linux/seqlock.h", "write_sequnlock_irqrestore", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    [Releases("sl"), IrqRestore("flags")]
    public static void write_sequnlock_irqrestore(seqlock_t* sl, IrqFlags flags,
        [CallerArgumentExpression(nameof(sl))] string name = "", [CallerFilePath] string file = "", [CallerLineNumber] int line = 0)
    {
        raw_write_seqcount_end(&sl->seqcount.seqcount);
        spin_unlock_irqrestore(&sl->@lock, flags, name, file, line);
    }

    /* Readers that keep writers out. */

    [KernelSource("include/linux/seqlock.h", "read_seqlock_excl", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    [Acquires("sl")]
    public static void read_seqlock_excl(seqlock_t* sl,
        [CallerArgumentExpression(nameof(sl))] string name = "", [CallerFilePath] string file = "", [CallerLineNumber] int line = 0) =>
        spin_lock(&sl->@lock, name, file, line);

    [KernelSource("include/linux/seqlock.h", "read_sequnlock_excl", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    [Releases("sl")]
    public static void read_sequnlock_excl(seqlock_t* sl,
        [CallerArgumentExpression(nameof(sl))] string name = "", [CallerFilePath] string file = "", [CallerLineNumber] int line = 0) =>
        spin_unlock(&sl->@lock, name, file, line);

    /// <summary>An even seq reads without the lock, an odd one with it: the second turn of a read that failed.</summary>
    [KernelSource("include/linux/seqlock.h", "read_seqbegin_or_lock", Parity.Full)]
    public static void read_seqbegin_or_lock(seqlock_t* @lock, int* seq)
    {
        if ((*seq & 1) == 0)
            *seq = (int)read_seqbegin(@lock);
        else
            read_seqlock_excl(@lock);
    }

    [KernelSource("include/linux/seqlock.h", "need_seqretry", Parity.Full)]
    public static bool need_seqretry(seqlock_t* @lock, int seq) => (seq & 1) == 0 && read_seqretry(@lock, (uint)seq);

    [KernelSource("include/linux/seqlock.h", "done_seqretry", Parity.Full)]
    public static void done_seqretry(seqlock_t* @lock, int seq)
    {
        if ((seq & 1) != 0)
            read_sequnlock_excl(@lock);
    }
}
