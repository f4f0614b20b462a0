using Microsoft.EntityFrameworkCore;
using Shop.Catalog.Products;
using Shop.Catalog.Stock;
using Shop.Contracts;

namespace Shop.Catalog.Data;

/// <summary>The demo products of an empty database. Prices vary, one product is low on stock and one is out of stock.</summary>
internal static class CatalogSeed
{
    private static readonly (string Sku, string Name, string Category, long Cents, int OnHand, string Description)[] _rows =
    [
        ("BAG-0101", "Harbour Tote", "bags", 5900, 140,
            "Waxed canvas with a flat base, so it stands beside you on the ferry. Holds a week of groceries or one large dog blanket."),
        ("BAG-0102", "Switchback Daypack", "bags", 8900, 85,
            "Eighteen litres, two pockets that matter and none that don't. The back panel stays cool on the way up."),
        ("BAG-0103", "Night Train Duffel", "bags", 12900, 40,
            "Sized for the luggage rack of a sleeper carriage. Opens along its whole length, so nothing hides at the bottom."),
        ("BAG-0104", "Field Pouch", "bags", 2400, 260,
            "For cables, pencils or fishing flies. The zip is bright orange: you will find it in the dark of any bag."),
        ("COF-0201", "Stovetop Moka, three cups", "coffee", 3400, 120,
            "Brushed steel, with a handle that stays cool. Three small cups, or one long morning."),
        ("COF-0202", "Hand Grinder No. 2", "coffee", 7900, 60,
            "Forty steps from Turkish to French press. Grinds enough for two in under a minute, and quietly."),
        ("COF-0203", "Ridge Dripper", "coffee", 2200, 180,
            "Stoneware with deep spiral ridges, glazed by hand in a batch of its own. No two drip at quite the same pace."),
        ("COF-0204", "Low Tide Blend, 500 g", "coffee", 1490, 400,
            "Dark chocolate, walnut, a little smoke. Roasted on Tuesdays, sent on Wednesdays."),
        ("DSK-0301", "Slant Notebook Stand", "desk", 3900, 75,
            "A single folded sheet of steel that lifts a notebook, or a laptop, to where your neck wants it."),
        ("DSK-0302", "Tidewater Desk Lamp", "desk", 9900, 55,
            "Warm light from a cold-looking arm. Dims with a slow turn, and remembers where you left it."),
        ("DSK-0303", "Quiet Clock", "desk", 4500, 90,
            "No tick. The second hand sweeps, the face is matte, the battery lasts three years."),
        ("DSK-0304", "Cork Desk Mat", "desk", 2900, 150,
            "Ninety by forty centimetres of Portuguese cork with a wool felt back. Pens roll slower on it."),
        ("KIT-0401", "Cast Iron Pan, 24 cm", "kitchen", 6400, 70,
            "Seasoned twice before it leaves. Heavy enough to mean it, light enough to lift with one hand."),
        ("KIT-0402", "Orchard Cutting Board", "kitchen", 4200, 110,
            "End-grain pear wood with a groove for the juice. Each shows the rings of a tree that stopped bearing."),
        ("KIT-0403", "Paring Knife, left or right", "kitchen", 3100, 200,
            "Ground evenly on both sides, so it does not care which hand holds it."),
        ("KIT-0404", "Salt Cellar with Spoon", "kitchen", 1900, 230,
            "Glazed inside, raw outside. The lid swings on a brass pin and closes with a small, good sound."),
        ("OUT-0501", "Two-Minute Tarp", "outdoors", 8400, 45,
            "Three by three metres, with the guy lines already tied on. Two minutes is the slow way."),
        ("OUT-0502", "Beacon Head Torch", "outdoors", 4900, 130,
            "Red light to read by, white light to run by. Charges from the same cable as everything else."),
        ("OUT-0503", "Enamel Mug, speckled", "outdoors", 1500, 500,
            "Chips with dignity. Holds what a mug should, and goes straight on the fire."),
        ("OUT-0504", "Wool Camp Blanket", "outdoors", 11500, 5,
            "Woven in one mill on one loom, at four blankets a day. When they are gone we wait for the weaver."),
        ("PLY-0601", "Hundred Summers Puzzle", "play", 2700, 160,
            "A thousand pieces, a hundred tiny beach scenes, one dog that appears in all of them."),
        ("PLY-0602", "Crosswind Kite", "play", 3600, 95,
            "Flies in less wind than you think you have. Folds into its own sleeve, no longer than an umbrella."),
        ("PLY-0603", "Pocket Chess", "play", 2300, 140,
            "Magnetic pieces in a tin the size of a sandwich. The white king is a lighthouse."),
        ("PLY-0604", "Paper Planetarium", "play", 3200, 0,
            "Twelve sheets, one small bulb, and by evening the northern sky is on your ceiling. Being printed again."),
    ];

    /// <summary>Adds the demo products if they are wanted and the database has no products.</summary>
    public static async Task RunAsync(CatalogDbContext db, bool addDemoProducts, ILogger log, CancellationToken cancellationToken)
    {
        if (await db.Products.AnyAsync(cancellationToken))
        {
            return;
        }

        if (!addDemoProducts)
        {
            log.DemoProductsOmitted();
            return;
        }

        db.AddRange(CreateProducts(TimeProvider.System.GetUtcNow()));
        log.DemoProductsAdded(await db.SaveChangesAsync(cancellationToken) / 2);
        await SearchIndexUpdate.RunAsync(db, log, cancellationToken);
    }

    /// <summary>Creates the demo products. Their creation times are one day apart, so that sorting by age is meaningful.</summary>
    /// <param name="now">Creation time of the last and newest product.</param>
    public static IEnumerable<Product> CreateProducts(DateTimeOffset now) => _rows.Select((row, index) => new Product
    {
        Sku = row.Sku,
        Name = row.Name,
        Description = row.Description,
        Category = row.Category,
        Price = new Money(row.Cents, "EUR"),
        CreatedAt = now.AddDays(index + 1 - _rows.Length),
        Stock = new StockItem { Sku = row.Sku, OnHand = row.OnHand },
    });
}
