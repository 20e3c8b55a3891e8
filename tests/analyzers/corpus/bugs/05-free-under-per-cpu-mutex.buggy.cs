// SPDX-License-Identifier: GPL-2.0-only
// Bug 5: commit c11bcbc0a517, mm/zswap.c. Rule: KM0601 (lock order cycle), or KM0602 as reclaim closes it.
//
// When a CPU goes away, its compressor was freed under the per-CPU mutex, and freeing takes scomp_lock. Elsewhere scomp_lock
// is held while memory is allocated; allocation may reclaim, reclaim stores into zswap, and that takes the per-CPU mutex.
// Three places, each right on its own: syzbot put them together.
namespace Linux;

public unsafe struct crypto_acomp_ctx
{
    [LockClass("acomp_ctx.mutex", Kind = LockKind.Mutex)] public mutex mutex;
    [GuardedBy("this->mutex")] public crypto_acomp* acomp;
}

public static unsafe partial class mm_zswap_c
{
    [LockClass("scomp_lock", Kind = LockKind.Mutex)]
    private static readonly mutex* scomp_lock = bss<mutex>();

    private static void crypto_free_acomp(crypto_acomp* acomp)
    {
        mutex_lock(scomp_lock);
        acomp->users--;
        mutex_unlock(scomp_lock);
    }

    private static void zswap_compress(crypto_acomp_ctx* ctx, folio* folio)
    {
        mutex_lock(&ctx->mutex);
        acomp_compress(ctx->acomp, folio);
        mutex_unlock(&ctx->mutex);
    }

    private static int crypto_scomp_init_tfm(crypto_acomp* acomp, crypto_acomp_ctx* ctx, folio* victim)
    {
        mutex_lock(scomp_lock);
        // What an allocation comes to when memory is short.
        zswap_compress(ctx, victim);
        acomp->users++;
        mutex_unlock(scomp_lock);
        return 0;
    }

    private static int zswap_cpu_comp_dead(crypto_acomp_ctx* ctx)
    {
        mutex_lock(&ctx->mutex);
        if (ctx->acomp != null)
        {
            crypto_free_acomp(ctx->acomp); // expect: KM0601|KM0602
            ctx->acomp = null;
        }
        mutex_unlock(&ctx->mutex);
        return 0;
    }
}
