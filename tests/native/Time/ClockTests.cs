// SPDX-License-Identifier: GPL-2.0-only
using KMemcg.Native;

namespace KMemcg.Native.Tests.Time;

public sealed class ClockTests
{
    [Test]
    public void VirtualTimePassesOnlyWhenTold()
    {
        VirtualClock clock = new();

        Assert.That(clock.IsVirtual, Is.True);
        Assert.That(clock.Now, Is.Zero);
        clock.Advance(5);
        clock.AdvanceTo(100);
        clock.AdvanceTo(50);
        Assert.That(clock.Now, Is.EqualTo(100));
        Assert.That(() => clock.Advance(-1), Throws.TypeOf<ArgumentOutOfRangeException>());
    }

    [Test]
    public void RealTimeGoesOn()
    {
        RealClock clock = new();
        long before = clock.Now;
        Thread.Sleep(2);

        Assert.That(clock.IsVirtual, Is.False);
        Assert.That(clock.Now - before, Is.GreaterThan(1_000_000));
    }
}
