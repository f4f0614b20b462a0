using Aspire.Hosting.Testing;
using Microsoft.Playwright;
using Shop.Tests.Integration.Support;

namespace Shop.Tests.EndToEnd.Support;

/// <summary>Tests with a browser. A test fails too if a page that it opened did what no page may do; see <see cref="Tab"/>.</summary>
public abstract class BrowserTests(ShopApp shop, Chromium chromium) : IClassFixture<Chromium>, IAsyncLifetime
{
    private readonly List<IBrowserContext> _sessions = [];
    private readonly List<Tab> _tabs = [];

    private protected CatalogAdminClient Admin { get; } = new(shop);

    /// <summary>The origins that the pages of the test may send requests to. The first is that of paths.</summary>
    private protected virtual IReadOnlyList<Uri> Origins => [shop.App.GetEndpoint("storefront", "http")];

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        foreach (var session in _sessions)
        {
            await session.DisposeAsync();
        }

        var faults = _tabs.SelectMany(tab => tab.Faults).ToList();
        Assert.True(faults.Count == 0, string.Join('\n', faults));
    }

    /// <summary>Opens a tab of a new visitor: without cookies.</summary>
    private protected async Task<Tab> OpenTabAsync(Device? device = null)
    {
        device ??= Device.Desktop;
        var session = await chromium.StartSessionAsync(new()
        {
            BaseURL = Origins[0].ToString(),
            JavaScriptEnabled = device.RunsScript,
            IsMobile = device.IsPhone,
            HasTouch = device.IsPhone,
            ViewportSize = new() { Width = device.Width, Height = device.Height },
        });
        _sessions.Add(session);
        return await OpenTabAsync(session);
    }

    /// <summary>Opens another tab of the same visitor.</summary>
    private protected Task<Tab> OpenTabAsync(Tab tab) => OpenTabAsync(tab.Page.Context);

    private async Task<Tab> OpenTabAsync(IBrowserContext session)
    {
        var tab = new Tab(await session.NewPageAsync(), Origins);
        _tabs.Add(tab);
        return tab;
    }

    private protected static string NewWord() => $"word{Guid.NewGuid():n}"[..12];
}
