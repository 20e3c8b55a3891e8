// SPDX-License-Identifier: GPL-2.0-only
using System.Diagnostics;

namespace Linux;

/// <summary>The VM's assertions: on in Debug builds (CONFIG_DEBUG_VM), gone in Release.</summary>
public static unsafe class linux_mmdebug_h
{
    [Conditional("DEBUG")]
    [NeverReturns(When = "cond")]
    public static void VM_BUG_ON(bool cond, [CallerArgumentExpression(nameof(cond))] string text = "", [CallerMemberName] string where = "", [CallerFilePath] string file = "", [CallerLineNumber] int line = 0)
    {
        if (cond)
            oops($"VM_BUG_ON({text})", where, file, line);
    }

    [Conditional("DEBUG")]
    [NeverReturns(When = "cond")]
    public static void VM_BUG_ON_PAGE(bool cond, page* page, [CallerArgumentExpression(nameof(cond))] string text = "", [CallerMemberName] string where = "", [CallerFilePath] string file = "", [CallerLineNumber] int line = 0)
    {
        if (cond)
            oops($"VM_BUG_ON_PAGE({text}) page 0x{(ulong)page:x}", where, file, line);
    }

    [Conditional("DEBUG")]
    [NeverReturns(When = "cond")]
    public static void VM_BUG_ON_FOLIO(bool cond, folio* folio, [CallerArgumentExpression(nameof(cond))] string text = "", [CallerMemberName] string where = "", [CallerFilePath] string file = "", [CallerLineNumber] int line = 0)
    {
        if (cond)
            oops($"VM_BUG_ON_FOLIO({text}) folio 0x{(ulong)folio:x}", where, file, line);
    }

    [Conditional("DEBUG")]
    [NeverReturns(When = "cond")]
    public static void VM_BUG_ON_VMA(bool cond, vm_area_struct* vma, [CallerArgumentExpression(nameof(cond))] string text = "", [CallerMemberName] string where = "", [CallerFilePath] string file = "", [CallerLineNumber] int line = 0)
    {
        if (cond)
            oops($"VM_BUG_ON_VMA({text}) vma 0x{(ulong)vma:x}", where, file, line);
    }

    [Conditional("DEBUG")]
    [NeverReturns(When = "cond")]
    public static void VM_BUG_ON_MM(bool cond, mm_struct* mm, [CallerArgumentExpression(nameof(cond))] string text = "", [CallerMemberName] string where = "", [CallerFilePath] string file = "", [CallerLineNumber] int line = 0)
    {
        if (cond)
            oops($"VM_BUG_ON_MM({text}) mm 0x{(ulong)mm:x}", where, file, line);
    }

    [Conditional("DEBUG")]
    [Stable(SameObject = true)]
    public static void VM_WARN_ON(bool cond, [CallerArgumentExpression(nameof(cond))] string text = "", [CallerMemberName] string where = "", [CallerFilePath] string file = "", [CallerLineNumber] int line = 0) =>
        WARN_ON(cond, text, where, file, line);

    [Conditional("DEBUG")]
    [Stable(SameObject = true)]
    public static void VM_WARN_ON_ONCE(bool cond, [CallerArgumentExpression(nameof(cond))] string text = "", [CallerMemberName] string where = "", [CallerFilePath] string file = "", [CallerLineNumber] int line = 0) =>
        WARN_ON_ONCE(cond, text, where, file, line);

    [Conditional("DEBUG")]
    [Stable(SameObject = true)]
    public static void VM_WARN_ON_PAGE(bool cond, page* page, [CallerArgumentExpression(nameof(cond))] string text = "", [CallerMemberName] string where = "", [CallerFilePath] string file = "", [CallerLineNumber] int line = 0) =>
        WARN_ON(cond, text, where, file, line);

    [Conditional("DEBUG")]
    [Stable(SameObject = true)]
    public static void VM_WARN_ON_ONCE_PAGE(bool cond, page* page, [CallerArgumentExpression(nameof(cond))] string text = "", [CallerMemberName] string where = "", [CallerFilePath] string file = "", [CallerLineNumber] int line = 0) =>
        WARN_ON_ONCE(cond, text, where, file, line);

    [Conditional("DEBUG")]
    [Stable(SameObject = true)]
    public static void VM_WARN_ON_FOLIO(bool cond, folio* folio, [CallerArgumentExpression(nameof(cond))] string text = "", [CallerMemberName] string where = "", [CallerFilePath] string file = "", [CallerLineNumber] int line = 0) =>
        WARN_ON(cond, text, where, file, line);

    [Conditional("DEBUG")]
    [Stable(SameObject = true)]
    public static void VM_WARN_ON_ONCE_FOLIO(bool cond, folio* folio, [CallerArgumentExpression(nameof(cond))] string text = "", [CallerMemberName] string where = "", [CallerFilePath] string file = "", [CallerLineNumber] int line = 0) =>
        WARN_ON_ONCE(cond, text, where, file, line);

    [Conditional("DEBUG")]
    [Stable(SameObject = true)]
    public static void VM_WARN_ON_ONCE_MM(bool cond, mm_struct* mm, [CallerArgumentExpression(nameof(cond))] string text = "", [CallerMemberName] string where = "", [CallerFilePath] string file = "", [CallerLineNumber] int line = 0) =>
        WARN_ON_ONCE(cond, text, where, file, line);

    [Conditional("DEBUG")]
    [Stable(SameObject = true)]
    public static void VM_WARN_ON_VMA(bool cond, vm_area_struct* vma, [CallerArgumentExpression(nameof(cond))] string text = "", [CallerMemberName] string where = "", [CallerFilePath] string file = "", [CallerLineNumber] int line = 0) =>
        WARN_ON(cond, text, where, file, line);

    [Conditional("DEBUG")]
    [Stable(SameObject = true)]
    public static void VM_WARN_ON_ONCE_VMA(bool cond, vm_area_struct* vma, [CallerArgumentExpression(nameof(cond))] string text = "", [CallerMemberName] string where = "", [CallerFilePath] string file = "", [CallerLineNumber] int line = 0) =>
        WARN_ON_ONCE(cond, text, where, file, line);

    [Conditional("DEBUG")]
    [Stable(SameObject = true)]
    public static void VM_WARN_ONCE(bool cond, string text, [CallerMemberName] string where = "", [CallerFilePath] string file = "", [CallerLineNumber] int line = 0) =>
        WARN_ON_ONCE(cond, text, where, file, line);

    [Conditional("DEBUG")]
    [NeverReturns(When = "cond")]
    public static void VM_BUG_ON_PGFLAGS(bool cond, page* page, [CallerArgumentExpression(nameof(cond))] string text = "", [CallerMemberName] string where = "", [CallerFilePath] string file = "", [CallerLineNumber] int line = 0)
    {
        if (cond)
            oops($"VM_BUG_ON_PGFLAGS({text}) page 0x{(ulong)page:x}", where, file, line);
    }
}
