// SPDX-License-Identifier: GPL-2.0-only
using System.Diagnostics;

namespace Linux;

/// <summary>The VM's assertions: on in Debug builds (CONFIG_DEBUG_VM), gone in Release.</summary>
public static unsafe class linux_mmdebug_h
{
    [KernelSource("include/linux/mmdebug.h", "VM_BUG_ON", Parity.Full)]
    [Conditional("DEBUG")]
    [NeverReturns(When = "cond")]
    public static void VM_BUG_ON(bool cond, [CallerArgumentExpression(nameof(cond))] string text = "", [CallerMemberName] string where = "", [CallerFilePath] string file = "", [CallerLineNumber] int line = 0)
    {
        if (cond)
            oops($"VM_BUG_ON({text})", where, file, line);
    }

    [KernelSource("include/linux/mmdebug.h", "VM_BUG_ON_PAGE", Parity.Full)]
    [Conditional("DEBUG")]
    [NeverReturns(When = "cond")]
    public static void VM_BUG_ON_PAGE(bool cond, page* page, [CallerArgumentExpression(nameof(cond))] string text = "", [CallerMemberName] string where = "", [CallerFilePath] string file = "", [CallerLineNumber] int line = 0)
    {
        if (cond)
        {
            mm_debug_c.dump_page(page, $"VM_BUG_ON_PAGE({text})");
            oops($"VM_BUG_ON_PAGE({text}) page 0x{(ulong)page:x}", where, file, line);
        }
    }

    [KernelSource("include/linux/mmdebug.h", "VM_BUG_ON_FOLIO", Parity.Full)]
    [Conditional("DEBUG")]
    [NeverReturns(When = "cond")]
    public static void VM_BUG_ON_FOLIO(bool cond, folio* folio, [CallerArgumentExpression(nameof(cond))] string text = "", [CallerMemberName] string where = "", [CallerFilePath] string file = "", [CallerLineNumber] int line = 0)
    {
        if (cond)
        {
            mm_debug_c.dump_page(&folio->page, $"VM_BUG_ON_FOLIO({text})");
            oops($"VM_BUG_ON_FOLIO({text}) folio 0x{(ulong)folio:x}", where, file, line);
        }
    }

    [KernelSource("include/linux/mmdebug.h", "VM_BUG_ON_VMA", Parity.Full)]
    [Conditional("DEBUG")]
    [NeverReturns(When = "cond")]
    public static void VM_BUG_ON_VMA(bool cond, vm_area_struct* vma, [CallerArgumentExpression(nameof(cond))] string text = "", [CallerMemberName] string where = "", [CallerFilePath] string file = "", [CallerLineNumber] int line = 0)
    {
        if (cond)
        {
            mm_debug_c.dump_vma(vma);
            oops($"VM_BUG_ON_VMA({text}) vma 0x{(ulong)vma:x}", where, file, line);
        }
    }

    [KernelSource("include/linux/mmdebug.h", "VM_BUG_ON_MM", Parity.Full)]
    [Conditional("DEBUG")]
    [NeverReturns(When = "cond")]
    public static void VM_BUG_ON_MM(bool cond, mm_struct* mm, [CallerArgumentExpression(nameof(cond))] string text = "", [CallerMemberName] string where = "", [CallerFilePath] string file = "", [CallerLineNumber] int line = 0)
    {
        if (cond)
        {
            mm_debug_c.dump_mm(mm);
            oops($"VM_BUG_ON_MM({text}) mm 0x{(ulong)mm:x}", where, file, line);
        }
    }

    [KernelSource("include/linux/mmdebug.h", "VM_WARN_ON", Parity.Full)]
    [Conditional("DEBUG")]
    [Stable(SameObject = true)]
    public static void VM_WARN_ON(bool cond, [CallerArgumentExpression(nameof(cond))] string text = "", [CallerMemberName] string where = "", [CallerFilePath] string file = "", [CallerLineNumber] int line = 0) =>
        WARN_ON(cond, text, where, file, line);

    [KernelSource("include/linux/mmdebug.h", "VM_WARN_ON_ONCE", Parity.Full)]
    [Conditional("DEBUG")]
    [Stable(SameObject = true)]
    public static void VM_WARN_ON_ONCE(bool cond, [CallerArgumentExpression(nameof(cond))] string text = "", [CallerMemberName] string where = "", [CallerFilePath] string file = "", [CallerLineNumber] int line = 0) =>
        WARN_ON_ONCE(cond, text, where, file, line);

    [KernelSource("include/linux/mmdebug.h", "VM_WARN_ON_ONCE_PAGE", Parity.Reduced, "does not answer whether it held: nobody asks")]
    [Conditional("DEBUG")]
    [Stable(SameObject = true)]
    public static void VM_WARN_ON_ONCE_PAGE(bool cond, page* page, [CallerArgumentExpression(nameof(cond))] string text = "", [CallerMemberName] string where = "", [CallerFilePath] string file = "", [CallerLineNumber] int line = 0)
    {
        if (cond && first_warning(file, line))
        {
            mm_debug_c.dump_page(page, $"VM_WARN_ON_ONCE_PAGE({text})");
            WARN_ON(true, text, where, file, line);
        }
    }

    [KernelSource("include/linux/mmdebug.h", "VM_WARN_ON_FOLIO", Parity.Reduced, "does not answer whether it held: nobody asks")]
    [Conditional("DEBUG")]
    [Stable(SameObject = true)]
    public static void VM_WARN_ON_FOLIO(bool cond, folio* folio, [CallerArgumentExpression(nameof(cond))] string text = "", [CallerMemberName] string where = "", [CallerFilePath] string file = "", [CallerLineNumber] int line = 0)
    {
        if (cond)
        {
            mm_debug_c.dump_page(&folio->page, $"VM_WARN_ON_FOLIO({text})");
            WARN_ON(true, text, where, file, line);
        }
    }

    [KernelSource("include/linux/mmdebug.h", "VM_WARN_ON_ONCE_FOLIO", Parity.Reduced, "does not answer whether it held: nobody asks")]
    [Conditional("DEBUG")]
    [Stable(SameObject = true)]
    public static void VM_WARN_ON_ONCE_FOLIO(bool cond, folio* folio, [CallerArgumentExpression(nameof(cond))] string text = "", [CallerMemberName] string where = "", [CallerFilePath] string file = "", [CallerLineNumber] int line = 0)
    {
        if (cond && first_warning(file, line))
        {
            mm_debug_c.dump_page(&folio->page, $"VM_WARN_ON_ONCE_FOLIO({text})");
            WARN_ON(true, text, where, file, line);
        }
    }

    [KernelSource("include/linux/mmdebug.h", "VM_WARN_ON_ONCE_MM", Parity.Reduced, "does not answer whether it held: nobody asks")]
    [Conditional("DEBUG")]
    [Stable(SameObject = true)]
    public static void VM_WARN_ON_ONCE_MM(bool cond, mm_struct* mm, [CallerArgumentExpression(nameof(cond))] string text = "", [CallerMemberName] string where = "", [CallerFilePath] string file = "", [CallerLineNumber] int line = 0)
    {
        if (cond && first_warning(file, line))
        {
            mm_debug_c.dump_mm(mm);
            WARN_ON(true, text, where, file, line);
        }
    }

    [KernelSource("include/linux/mmdebug.h", "VM_WARN_ON_ONCE_VMA", Parity.Reduced, "does not answer whether it held: nobody asks")]
    [Conditional("DEBUG")]
    [Stable(SameObject = true)]
    public static void VM_WARN_ON_ONCE_VMA(bool cond, vm_area_struct* vma, [CallerArgumentExpression(nameof(cond))] string text = "", [CallerMemberName] string where = "", [CallerFilePath] string file = "", [CallerLineNumber] int line = 0)
    {
        if (cond && first_warning(file, line))
        {
            mm_debug_c.dump_vma(vma);
            WARN_ON(true, text, where, file, line);
        }
    }

    [KernelSource("include/linux/mmdebug.h", "VM_WARN_ONCE", Parity.Full)]
    [Conditional("DEBUG")]
    [Stable(SameObject = true)]
    public static void VM_WARN_ONCE(bool cond, string text, [CallerMemberName] string where = "", [CallerFilePath] string file = "", [CallerLineNumber] int line = 0) =>
        WARN_ON_ONCE(cond, text, where, file, line);

    [KernelSource("include/linux/mmdebug.h", "VM_BUG_ON_PGFLAGS", Parity.Full)]
    [Conditional("DEBUG")]
    [NeverReturns(When = "cond")]
    public static void VM_BUG_ON_PGFLAGS(bool cond, page* page, [CallerArgumentExpression(nameof(cond))] string text = "", [CallerMemberName] string where = "", [CallerFilePath] string file = "", [CallerLineNumber] int line = 0)
    {
        if (cond)
        {
            mm_debug_c.dump_page(page, $"VM_BUG_ON_PAGE({text})");
            oops($"VM_BUG_ON_PGFLAGS({text}) page 0x{(ulong)page:x}", where, file, line);
        }
    }
}
