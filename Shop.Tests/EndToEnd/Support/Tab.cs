using System.Collections.Concurrent;
using Microsoft.Playwright;

namespace Shop.Tests.EndToEnd.Support;

/// <summary>
/// A tab of a browser. It records what no page may do: errors in the console, violations of the content security policy
/// included, responses with a status of 500 or more, files that are missing, and requests to another origin.
/// </summary>
internal sealed class Tab
{
    /// <summary>How long a page may take, in milliseconds: that is for a busy machine.</summary>
    public const float TimeoutInMilliseconds = 60_000;

    /// <summary>The link in the header that leads to the sign-in.</summary>
    public const string SignIn = ".site-nav a[href^='/login']";

    private readonly ConcurrentQueue<string> _faults = new();
    private readonly IReadOnlyCollection<string> _origins;

    /// <summary>Creates a tab.</summary>
    /// <param name="page">The page of the browser.</param>
    /// <param name="origins">Where its pages may send requests.</param>
    public Tab(IPage page, IEnumerable<Uri> origins)
    {
        _origins = [.. origins.Select(origin => origin.Authority)];
        Page = page;
        page.SetDefaultTimeout(TimeoutInMilliseconds);
        page.PageError += (_, error) => _faults.Enqueue($"{page.Url}: uncaught error: {error}");
        page.Console += (_, message) => RecordMessage(message);
        page.Response += (_, response) => RecordResponse(response);
        page.Request += (_, request) => RecordRequest(request);
    }

    public IPage Page { get; }

    /// <summary>What the pages of the tab did wrong.</summary>
    public IReadOnlyCollection<string> Faults => _faults;

    /// <summary>The path and query of the current page.</summary>
    public string Path => new Uri(Page.Url).PathAndQuery;

    public ILocator Find(string selector) => Page.Locator(selector);

    public async Task<IResponse> OpenAsync(string path) => (await Page.GotoAsync(path))!;

    public Task ClickAsync(string selector) => Page.ClickAsync(selector);

    public async Task<string> TextAsync(string selector) => (await Page.InnerTextAsync(selector)).Trim();

    /// <summary>Reads the id of the trace that the page was rendered in.</summary>
    public async Task<string> ReadTraceAsync() => (await Page.GetAttributeAsync("meta[name=traceparent]", "content"))!.Split('-')[1];

    /// <summary>Waits until an element with a text is shown.</summary>
    public Task SeeAsync(string selector, string text) => Assertions.Expect(Page.Locator(selector).First).ToContainTextAsync(text);

    /// <summary>Waits until the page shows an order with a status, and returns the path of the order.</summary>
    public async Task<string> SeeOrderAsync(string status)
    {
        await Assertions.Expect(Page.Locator($".order[data-status={status}]")).ToBeVisibleAsync();
        return new Uri(Page.Url).AbsolutePath;
    }

    /// <summary>Searches for a word in the header and opens the first product of the list.</summary>
    public async Task FindProductAsync(string word)
    {
        await Page.FillAsync("#search", word);
        await ClickAsync("form[role=search] button");
        await ClickAsync("#products .card a");
        await SeeAsync("h1", word);
    }

    /// <summary>Opens a product and puts one unit into the cart.</summary>
    public async Task AddToCartAsync(string sku)
    {
        await OpenAsync($"/products/{sku}");
        await ClickAsync("#add-to-cart button");
        await SeeAsync(".notice-title", "Added to your cart");
    }

    /// <summary>Fills in the checkout form, up to the button that orders; it has one or two pages.</summary>
    public async Task FillCheckoutAsync(string card = "tok_ok")
    {
        await Page.FillAsync("#name", "Ada Example");
        await Page.FillAsync("#address", "1 Analytical Row\nLondon");
        await Page.FillAsync("#email", "ada@example.org");
        if (await Find("#continue").CountAsync() > 0)
        {
            await ClickAsync("#continue");
        }

        await ClickAsync($".choice:has(input[value={card}])"); // its label covers the button
    }

    /// <summary>Creates an account from any page, and comes back to it.</summary>
    public async Task RegisterAsync(string email)
    {
        await ClickAsync(SignIn);
        await ClickAsync("a[href^='/sso/register']");
        await SeeAsync("h1", "Create an account");
        await FillSignInAsync(email);
        await WaitForAddressAsync(address => !new Uri(address).AbsolutePath.StartsWith("/sso/", StringComparison.Ordinal));
    }

    /// <summary>Waits until the tab has another address. What is on its page is waited for by those who read it.</summary>
    public Task WaitForAddressAsync(Func<string, bool> isReached) =>
        Page.WaitForURLAsync(isReached, new() { WaitUntil = WaitUntilState.Commit });

    /// <summary>Fills in and sends the form with which a visitor signs in or registers.</summary>
    public async Task FillSignInAsync(string email, string password = "harbour lights at dawn")
    {
        await Page.FillAsync("#email", email);
        await Page.FillAsync("#password", password);
        await ClickAsync("form:has(#password) button[type=submit]");
    }

    /// <summary>Presses the Tab key until an element has the focus, as people without a mouse do.</summary>
    public async Task TabToAsync(string selector)
    {
        for (var presses = 0; presses < 60; presses++)
        {
            await Page.Keyboard.PressAsync("Tab");
            if (await Page.EvaluateAsync<bool>("selector => document.activeElement?.matches(selector) === true", selector))
            {
                return;
            }
        }

        Assert.Fail($"The Tab key does not reach {selector} on {Path}.");
    }

    // The browser also writes a message for each response with an error status. Some pages have one, such as the answer to a refused form;
    // RecordResponse tells them from the others.
    private void RecordMessage(IConsoleMessage message)
    {
        if (message.Type == "error" && !message.Text.StartsWith("Failed to load resource: the server responded", StringComparison.Ordinal))
        {
            _faults.Enqueue($"{Page.Url}: {message.Text}");
        }
    }

    private void RecordResponse(IResponse response)
    {
        if (response.Status >= 500 || (response.Status >= 400 && !response.Request.IsNavigationRequest))
        {
            _faults.Enqueue($"{Page.Url}: {response.Request.Method} {response.Url} answered {response.Status}");
        }
    }

    private void RecordRequest(IRequest request)
    {
        var address = new Uri(request.Url);
        if (address.Scheme is "http" or "https" or "ws" or "wss" && !_origins.Contains(address.Authority))
        {
            _faults.Enqueue($"{Page.Url}: requested {request.Url} from another origin");
        }
    }
}
