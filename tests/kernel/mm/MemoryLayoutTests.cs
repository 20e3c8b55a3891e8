// SPDX-License-Identifier: GPL-2.0-only
using Linux;
using NUnit.Framework;

namespace KMemcg.Kernel.Tests.mm;

/// <summary>The structs of memory management against the recorded kernel's.</summary>
[TestFixture]
internal sealed class MemoryLayoutTests
{
    [Test] public void Page() => StructLayout.Matches<page>();
    [Test] public void Folio() => StructLayout.Matches<folio>();
    [Test] public void Mm() => StructLayout.Matches<mm_struct>();
    [Test] public void Vma() => StructLayout.Matches<vm_area_struct>();
    [Test] public void Fault() => StructLayout.Matches<vm_fault>();
    [Test] public void Anon_vma() => StructLayout.Matches<anon_vma>();
    [Test] public void Anon_vma_chain() => StructLayout.Matches<anon_vma_chain>();
    [Test] public void Folio_batch() => StructLayout.Matches<folio_batch>();
    [Test] public void Cpu_fbatches() => StructLayout.Matches<cpu_fbatches>();
    [Test] public void Inode() => StructLayout.Matches<inode>();
    [Test] public void Address_space() => StructLayout.Matches<address_space>();
    [Test] public void Super_block() => StructLayout.Matches<super_block>();
}
