// SPDX-License-Identifier: GPL-2.0-only
namespace KMemcg.Native;

/// <summary>What a CPU wants to do at an address; the values are those of the page-fault error code.</summary>
[Flags]
public enum MemoryAccess : uint
{
    /// <summary>The kernel reads.</summary>
    Read = 0,

    /// <summary>It is a write.</summary>
    Write = 1u << 1,

    /// <summary>It happens in user mode.</summary>
    User = 1u << 2,

    /// <summary>It is an instruction fetch.</summary>
    Fetch = 1u << 4,
}

/// <summary>The error code the CPU pushes with a page fault.</summary>
[Flags]
public enum PageFaultCode : uint
{
    /// <summary>The page was present: the access was against its rights. Without it, nothing was mapped.</summary>
    Protection = 1u << 0,

    /// <summary>The access was a write.</summary>
    Write = 1u << 1,

    /// <summary>The access came from user mode.</summary>
    User = 1u << 2,

    /// <summary>An entry had a reserved bit set.</summary>
    Reserved = 1u << 3,

    /// <summary>The access was an instruction fetch.</summary>
    Instruction = 1u << 4,
}

/// <summary>How a translation ended.</summary>
public enum TranslationStatus
{
    /// <summary>There is a physical address.</summary>
    Ok,

    /// <summary>The CPU raises a page fault.</summary>
    PageFault,

    /// <summary>The address is not canonical: the CPU raises a general-protection fault instead.</summary>
    NotCanonical,
}

/// <summary>What <see cref="Mmu.Translate"/> found.</summary>
public readonly struct Translation
{
    private Translation(TranslationStatus status, ulong physicalAddress, PageFaultCode code)
    {
        Status = status;
        PhysicalAddress = physicalAddress;
        Code = code;
    }

    /// <summary>How it ended.</summary>
    public TranslationStatus Status { get; }

    /// <summary>Where the byte is, if the translation is Ok.</summary>
    public ulong PhysicalAddress { get; }

    /// <summary>Why there is none, if it is a page fault.</summary>
    public PageFaultCode Code { get; }

    /// <summary>The frame the byte is in.</summary>
    public ulong Frame => PhysicalAddress >> PhysicalMemory.FrameShift;

    /// <summary>Whether there is a physical address.</summary>
    public bool IsOk => Status == TranslationStatus.Ok;

    internal static Translation At(ulong physicalAddress) => new(TranslationStatus.Ok, physicalAddress, 0);

    internal static Translation Fault(PageFaultCode code) => new(TranslationStatus.PageFault, 0, code);

    internal static Translation NotCanonical() => new(TranslationStatus.NotCanonical, 0, 0);
}
