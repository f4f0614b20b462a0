using System.Globalization;
using Microsoft.Playwright;
using Shop.Tests.EndToEnd.Support;
using Shop.Tests.Integration.Support;

namespace Shop.Tests.EndToEnd;

/// <summary>What holds for every page.</summary>
[Collection(EndToEndApplication.Name)]
public sealed class PageQualityTests(ShopApp shop, Chromium chromium) : BrowserTests(shop, chromium)
{
    private const int MaxBytes = 150_000;
    private const double MaxLayoutShift = 0.01;

    public static TheoryData<string> Pages => [.. ShopPages.Names];

    public static TheoryData<string> PagesWithAddress => [.. ShopPages.Names.Except(ShopPages.AnswersToForms)];

    [Theory]
    [MemberData(nameof(Pages))]
    public async Task Page_has_no_accessibility_violation_light_on_a_phone_or_dark_on_a_desktop(string name)
    {
        var tab = await OpenTabAsync();
        await new ShopPages(Admin).OpenAsync(tab, name);

        var violations = await Accessibility.FindViolationsAsync(tab);

        Assert.True(violations.Count == 0, $"{name}:\n{string.Join('\n', violations)}");
    }

    [Theory]
    [MemberData(nameof(PagesWithAddress))]
    public async Task First_visit_of_a_page_transfers_less_than_150_kB_and_moves_nothing(string name)
    {
        var tab = await OpenTabAsync();
        var path = await new ShopPages(Admin).OpenAsync(tab, name);
        var visit = await OpenTabAsync(tab);
        await visit.Page.AddInitScriptAsync("""
            window.layoutShift = 0;
            new PerformanceObserver(list => list.getEntries().forEach(entry => window.layoutShift += entry.value))
              .observe({ type: "layout-shift", buffered: true });
            """);
        var network = await visit.Page.Context.NewCDPSessionAsync(visit.Page);
        await network.SendAsync("Network.enable");
        await network.SendAsync("Network.setCacheDisabled", new() { ["cacheDisabled"] = true });
        var (bytes, files) = (0L, 0);
        network.Event("Network.loadingFinished").OnEvent += (_, finished) =>
        {
            Interlocked.Add(ref bytes, (long)finished!.Value.GetProperty("encodedDataLength").GetDouble());
            Interlocked.Increment(ref files);
        };

        await visit.Page.GotoAsync(path, new() { WaitUntil = WaitUntilState.Load });
        await Eventually.ReadAsync(() => Task.FromResult(files), files => files >= 2); // the page and its style
        var shift = await visit.Page.EvaluateAsync<double>("window.layoutShift");

        Assert.InRange(bytes, 1_000, MaxBytes);
        Assert.True(shift < MaxLayoutShift, $"{name} moves by {shift.ToString(CultureInfo.InvariantCulture)}");
    }
}
