// SPDX-License-Identifier: GPL-2.0-only
using KMemcg.Native;

namespace KMemcg.Native.Tests.Processor;

public sealed class HostCpusTests
{
    [Test]
    public void PinBindsTheThreadAndGivesItBack()
    {
        int[] allowed = HostCpus.Allowed();
        Assert.That(allowed, Is.Not.Empty);
        Assert.That(allowed, Is.Ordered.And.Unique);

        using (CpuPin pin = HostCpus.Pin(allowed[^1]))
        {
            if (!pin.IsPinned)
                Assert.Ignore("this host does not pin threads");
            if (OperatingSystem.IsLinux())
                Assert.That(HostCpus.Allowed(), Is.EqualTo(new[] { allowed[^1] }));
            Assert.That(Thread.GetCurrentProcessorId(), Is.EqualTo(allowed[^1]));
        }

        Assert.That(HostCpus.Allowed(), Is.EqualTo(allowed));
    }

    [Test]
    public void CpuThatIsNotThereIsNotPinned()
    {
        using CpuPin pin = HostCpus.Pin(1023);
        Assert.That(pin.IsPinned, Is.False);
    }

    [Test]
    public void PauseReturns() => Assert.That(Spin.Pause, Throws.Nothing);
}
