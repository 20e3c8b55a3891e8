// SPDX-License-Identifier: GPL-2.0-only
using Linux;
using static Linux.linux_bio_h;
using static Linux.linux_blkdev_h;
using static Linux.linux_gfp_h;
using static Linux.linux_gfp_types_h;

namespace KMemcg.Kernel.Tests.Host.Block;

/// <summary>What a plug holds back, and what goes to the disk as one request.</summary>
internal sealed unsafe class PlugTests
{
    private const int SectorsPerPage = 8;
    private static int s_ended;

    private static void Ended(bio* bio)
    {
        s_ended++;
        bio_put(bio);
    }

    private static void Submit(block_device* bdev, page* page, ulong index)
    {
        bio* bio = bio_alloc(bdev, 1, REQ_OP_READ, GFP_KERNEL);
        bio->bi_iter.bi_sector = index * SectorsPerPage;
        bio->bi_end_io = &Ended;
        bio_add_folio_nofail(bio, (folio*)page, 4096, 0);
        submit_bio(bio);
    }

    // Submits reads of these blocks under a plug; tells how many requests it held when the last had been submitted.
    private static int HeldByThePlug(TestMachine m, IEnumerable<int> blocks)
    {
        int held = 0;
        s_ended = 0;
        m.Run(() =>
        {
            block_device* bdev = blkdev_get_no(0);
            page* page = alloc_page(GFP_KERNEL);
            blk_plug plug;

            blk_start_plug(&plug);
            foreach (int block in blocks)
                Submit(bdev, page, (ulong)block);
            held = plug.rq_count;
            blk_finish_plug(&plug);
            Assert.That(asm_percpu_h.current->plug == null);
            while (s_ended < blocks.Count())
                linux_timer_h.msleep(1);
            __free_page(page);
        });
        return held;
    }

    [Test]
    public void NeighboursAreOneRequestUpToTheSegmentsOfTheDisk()
    {
        using TestMachine m = TestMachine.Boot(disk: 16UL << 20);
        Assert.That(HeldByThePlug(m, Enumerable.Range(0, 254)), Is.EqualTo(1), "all in one");
        Assert.That(HeldByThePlug(m, Enumerable.Range(0, 255)), Is.EqualTo(1), "the first, of more than 128 KiB, is sent when the second comes");
    }

    [Test]
    public void APlugHoldsThirtyTwoRequests()
    {
        using TestMachine m = TestMachine.Boot(disk: 16UL << 20);
        Assert.That(HeldByThePlug(m, Enumerable.Range(0, 32).Select(i => i * 2)), Is.EqualTo(32));
        Assert.That(HeldByThePlug(m, Enumerable.Range(0, 33).Select(i => i * 2)), Is.EqualTo(1));
    }

    [Test]
    public void ADiskThatRotatesIsReadAheadByTwiceItsLargestRequest()
    {
        using TestMachine m = TestMachine.Boot(disk: 16UL << 20);
        Assert.That(m.Run(() => blkdev_get_no(0)->bd_bdi->ra_pages), Is.EqualTo(2048UL));
        Assert.That(m.Run(() => blkdev_get_no(0)->bd_bdi->io_pages), Is.EqualTo(1024UL));
    }
}
