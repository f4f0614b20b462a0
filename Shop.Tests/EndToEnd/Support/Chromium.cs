using Microsoft.Playwright;

namespace Shop.Tests.EndToEnd.Support;

/// <summary>The installed Chromium, started once for a class of tests. It downloads nothing.</summary>
/// <remarks>The environment variable <c>SHOP_TEST_CHROMIUM</c> is the path of another Chromium or Chrome.</remarks>
public sealed class Chromium : IAsyncLifetime
{
    private const string PathVariable = "SHOP_TEST_CHROMIUM";

    private static readonly string[] _paths =
    [
        "/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome",
        "/Applications/Chromium.app/Contents/MacOS/Chromium", "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    ];

    // The sandbox needs rights that containers do not have. Only pages of the shop are opened.
    private static readonly string[] _arguments =
    [
        "--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking", "--disable-component-update",
        "--disable-sync",
    ];

    private IPlaywright? _playwright;
    private IBrowser? _browser;

    public async Task InitializeAsync()
    {
        var path = FindExecutable();
        Assertions.SetDefaultExpectTimeout(Tab.TimeoutInMilliseconds);
        _playwright = await Playwright.CreateAsync();
        _browser = await _playwright.Chromium.LaunchAsync(new()
        {
            ExecutablePath = path,
            Args = _arguments,
            Timeout = Tab.TimeoutInMilliseconds,
        });
    }

    public async Task DisposeAsync()
    {
        if (_browser is not null)
        {
            await _browser.DisposeAsync();
        }

        _playwright?.Dispose();
    }

    /// <summary>Starts a session of the browser: it has cookies and a cache of its own.</summary>
    public Task<IBrowserContext> StartSessionAsync(BrowserNewContextOptions options) => _browser!.NewContextAsync(options);

    private static string FindExecutable() =>
        Environment.GetEnvironmentVariable(PathVariable) is { Length: > 0 } chosen ? chosen
            : _paths.FirstOrDefault(File.Exists)
            ?? throw new InvalidOperationException(
                $"Chromium is not installed. Install Chromium or Chrome, or set {PathVariable} to the path of one.");
}
