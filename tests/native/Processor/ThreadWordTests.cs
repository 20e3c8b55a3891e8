// SPDX-License-Identifier: GPL-2.0-only
using System.Runtime.CompilerServices;
using KMemcg.Native;
using NUnit.Framework;

namespace KMemcg.Native.Tests.Processor;

[TestFixture]
internal sealed unsafe class ThreadWordTests
{
    /// <summary>Nobody sees another thread's word, however deep the stacks are.</summary>
    [Test]
    public void Each_thread_has_its_own()
    {
        const int Threads = 16;
        using var barrier = new Barrier(Threads);
        var wrong = new int[Threads];
        Thread[] threads = [.. Enumerable.Range(0, Threads).Select(i => new Thread(
            () =>
            {
                void* mine = (void*)(nint)(i + 1);
                wrong[i] += ThreadWord.Value == null ? 0 : 1;
                ThreadWord.Value = mine;
                barrier.SignalAndWait();
                wrong[i] += CountWrong(mine, 700);
                barrier.SignalAndWait();
                ThreadWord.Value = null;
                wrong[i] += CountWrong(null, 700);
            },
            1 << 20))];
        foreach (Thread thread in threads)
            thread.Start();
        foreach (Thread thread in threads)
            thread.Join();
        Assert.That(wrong, Has.All.Zero);
    }

    /// <summary>A caller higher up on the stack sees what was set below it.</summary>
    [Test]
    public void It_is_the_same_at_every_depth()
    {
        Set(400, (void*)42);
        try
        {
            Assert.That((nint)ThreadWord.Value, Is.EqualTo((nint)42));
        }
        finally
        {
            Set(0, null);
        }

        Assert.That(ThreadWord.Value == null);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Set(int depth, void* value)
    {
        byte* room = stackalloc byte[512];
        room[0] = 1;
        if (depth == 0)
            ThreadWord.Value = value;
        else
            Set(depth - room[0], value);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static int CountWrong(void* wanted, int depth)
    {
        byte* room = stackalloc byte[1024];
        room[0] = 1;
        int wrong = ThreadWord.Value == wanted ? 0 : 1;
        return depth == 0 ? wrong : wrong + CountWrong(wanted, depth - room[0]);
    }
}
