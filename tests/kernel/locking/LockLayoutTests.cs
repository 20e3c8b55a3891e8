// SPDX-License-Identifier: GPL-2.0-only
using Linux;

namespace KMemcg.Kernel.Tests.Locking;

/// <summary>Locks have the size that they have in a kernel without lock debugging.</summary>
public unsafe class LockLayoutTests
{
    [Test]
    public void Locks_have_the_kernels_sizes()
    {
        Assert.Multiple(() =>
        {
            Assert.That(sizeof(raw_spinlock_t), Is.EqualTo(4));
            Assert.That(sizeof(spinlock_t), Is.EqualTo(4));
            Assert.That(sizeof(rwlock_t), Is.EqualTo(8));
            Assert.That(sizeof(local_trylock_t), Is.EqualTo(1));
            Assert.That(sizeof(mutex), Is.EqualTo(32));
            Assert.That(sizeof(rw_semaphore), Is.EqualTo(40));
            Assert.That(sizeof(seqcount_t), Is.EqualTo(4));
            Assert.That(sizeof(seqcount_spinlock_t), Is.EqualTo(4));
            Assert.That(sizeof(seqlock_t), Is.EqualTo(8));
            Assert.That(sizeof(wait_queue_head), Is.EqualTo(24));
            Assert.That(sizeof(wait_queue_entry), Is.EqualTo(40));
            Assert.That(sizeof(wait_bit_key), Is.EqualTo(24));
            Assert.That(sizeof(completion), Is.EqualTo(32));
            Assert.That(sizeof(percpu_ref), Is.EqualTo(16));
            Assert.That(sizeof(percpu_ref_data), Is.EqualTo(56));
        });
    }

    [Test]
    public void The_reference_count_has_the_kernels_layout()
    {
        StructLayout.Matches<percpu_ref>();
        StructLayout.Matches<percpu_ref_data>(true, "bits");
    }
}
