using Microsoft.Playwright;
using Shop.Bench.Application;
using Shop.Bench.Measurement;

namespace Shop.Bench.Storefront;

/// <summary>Measures the largest contentful paint of pages in Chromium, each time in a new browser session without a cache.</summary>
internal static class PaintBench
{
    // Resolves with the last candidate, which is final when the page is loaded and nobody has used it.
    private const string LargestPaint = """
        () => new Promise(resolve => new PerformanceObserver(list => resolve(list.getEntries().at(-1).startTime))
          .observe({ type: "largest-contentful-paint", buffered: true }))
        """;

    /// <summary>The pages, by what they are called in the report.</summary>
    public static IReadOnlyDictionary<string, string> Pages { get; } = new Dictionary<string, string>
    {
        ["front page"] = "/",
        ["list of products"] = "/products",
        ["product"] = $"/products/{ProductSeed.Sku(0)}",
        ["cart"] = "/cart",
        ["checkout"] = "/checkout",
    };

    /// <summary>Returns the times from the navigation to the largest paint, in milliseconds.</summary>
    public static async Task<Dictionary<string, LoadResult>> RunAsync(string address, int visits, CancellationToken cancellationToken)
    {
        using var playwright = await Playwright.CreateAsync();
        await using var chromium = await playwright.Chromium.LaunchAsync(new()
        {
            ExecutablePath = Environment.GetEnvironmentVariable("SHOP_TEST_CHROMIUM") ?? "/usr/bin/chromium",
            Args = ["--no-sandbox", "--disable-gpu"],
        });
        var state = await FillCartAsync(chromium, address);
        var times = Pages.Keys.ToDictionary(page => page, _ => new List<double>());
        for (var visit = 0; visit <= visits; visit++)
        {
            foreach (var (page, path) in Pages)
            {
                cancellationToken.ThrowIfCancellationRequested();
                await using var session = await chromium.NewContextAsync(new() { StorageState = state });
                var tab = await session.NewPageAsync();
                await tab.GotoAsync(address + path, new() { WaitUntil = WaitUntilState.Load });
                var time = await tab.EvaluateAsync<double>(LargestPaint);
                // The first visit warms up.
                if (visit > 0)
                {
                    times[page].Add(time);
                }
            }
        }

        return times.ToDictionary(page => page.Key, page => new LoadResult(1, [.. page.Value]));
    }

    // Returns the cookies of a visitor with a product in the cart.
    private static async Task<string> FillCartAsync(IBrowser chromium, string address)
    {
        await using var session = await chromium.NewContextAsync();
        var tab = await session.NewPageAsync();
        await tab.GotoAsync(address + Pages["product"]);
        await tab.ClickAsync("#add-to-cart button");
        await tab.WaitForSelectorAsync(".notice.success");
        return await session.StorageStateAsync();
    }
}
