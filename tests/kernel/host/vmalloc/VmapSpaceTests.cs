// SPDX-License-Identifier: GPL-2.0-only
using Linux;
using NUnit.Framework;

namespace KMemcg.Kernel.Tests.host;

/// <summary>What a machine has of its host.</summary>
[TestFixture]
internal sealed class VmapSpaceTests
{
    [Test]
    public void A_machine_that_is_off_has_no_areas_left()
    {
        using (TestMachine.Boot(64UL << 20))
            Assert.That(vmap_space.any, Is.True, "stacks");
        Assert.That(vmap_space.any, Is.False);
    }
}
