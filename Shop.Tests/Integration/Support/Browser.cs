using System.Net;
using System.Text.RegularExpressions;
using AngleSharp.Html.Parser;
using Aspire.Hosting.Testing;
using Shop.Tests.Support;

namespace Shop.Tests.Integration.Support;

/// <summary>A browser without script: it keeps cookies, follows redirects within the shop, and fills in forms.</summary>
internal sealed partial class Browser : IDisposable
{
    private const int MaxRedirects = 10;

    private static readonly HtmlParser _parser = new();

    private readonly HttpClient _client;

    public Browser(ShopApp shop)
    {
        using var storefront = shop.App.CreateHttpClient("storefront", "http");
        Origin = storefront.BaseAddress!;
        _client = new HttpClient(new SocketsHttpHandler
        {
            CookieContainer = Cookies,
            AllowAutoRedirect = false,
            ActivityHeadersPropagator = null,
        })
        {
            BaseAddress = Origin,
        };
    }

    /// <summary>The address of the shop.</summary>
    public Uri Origin { get; }

    public CookieContainer Cookies { get; } = new();

    /// <summary>The path and query of the page that is shown.</summary>
    public string Address { get; private set; } = "/";

    /// <summary>All addresses since the last click, that of the page last.</summary>
    public IReadOnlyList<string> Visited => _visited;

    public HttpStatusCode Status { get; private set; }

    /// <summary>The page that is shown.</summary>
    public string Page { get; private set; } = "";

    private readonly List<string> _visited = [];

    /// <summary>Whether the shop has signed the visitor in: its pages then offer the sign-out.</summary>
    public async Task<bool> IsSignedInAsync() =>
        (await _client.GetStringAsync("/login/failed?reason=denied")).Contains("href=\"/logout\"", StringComparison.Ordinal);

    public Task OpenAsync(string address) => LoadAsync(new HttpRequestMessage(HttpMethod.Get, address));

    /// <summary>Opens an address and does not follow its redirect.</summary>
    public async Task<string?> FindRedirectAsync(string address)
    {
        using var response = await _client.GetAsync(address);
        return response.Headers.Location?.ToString();
    }

    /// <summary>Sends the first form of the page that is sent by POST, with some fields changed.</summary>
    public Task SubmitAsync(params (string Name, string Value)[] fields)
    {
        var form = _parser.ParseDocument(Page).Forms.FirstOrDefault(form => form.Method == "post");
        Assert.True(form is not null, Page);
        var values = ScriptlessBrowser.ReadFields(form);
        foreach (var (name, value) in fields)
        {
            values[name] = value;
        }

        return LoadAsync(new HttpRequestMessage(HttpMethod.Post, form.GetAttribute("action") ?? Address)
        {
            Content = new FormUrlEncodedContent(values),
        });
    }

    /// <summary>Signs in from any page, and comes back to an address.</summary>
    public async Task SignInAsync(string email, string password, string returnUrl = "/")
    {
        await OpenAsync($"/login?returnUrl={Uri.EscapeDataString(returnUrl)}");
        await SubmitAsync(("Input.Email", email), ("Input.Password", password));
    }

    /// <summary>Registers from any page, and comes back to an address.</summary>
    public async Task RegisterAsync(string email, string password, string returnUrl = "/")
    {
        await OpenAsync($"/login?returnUrl={Uri.EscapeDataString(returnUrl)}");
        await OpenAsync(WebUtility.HtmlDecode(RegisterLink().Match(Page).Groups["address"].Value));
        await SubmitAsync(("Input.Email", email), ("Input.Password", password));
    }

    /// <summary>Puts a unit of a product into the cart.</summary>
    public async Task AddToCartAsync(string sku)
    {
        await OpenAsync($"/products/{sku}");
        await SubmitAsync(("quantity", "1"));
        Assert.Contains("added=1", Address, StringComparison.Ordinal);
    }

    /// <summary>Checks the cart out, and returns the id of the order.</summary>
    public async Task<Guid> CheckOutAsync()
    {
        await OpenAsync("/checkout");
        await SubmitAsync(
            ("name", "Ada Example"), ("address", "1 Analytical Row, London"), ("email", "ada@example.org"), ("card", "tok_ok"));
        Assert.StartsWith("/orders/", Address, StringComparison.Ordinal);
        return Guid.Parse(Address["/orders/".Length..].Split('?')[0]);
    }

    public void Dispose() => _client.Dispose();

    private async Task LoadAsync(HttpRequestMessage request)
    {
        _visited.Clear();
        for (var next = request; next is not null && _visited.Count <= MaxRedirects;)
        {
            next = await SendAsync(next);
        }

        Assert.True(_visited.Count <= MaxRedirects, $"Too many redirects: {string.Join(" -> ", _visited)}");
    }

    // Returns the request that the response leads to.
    private async Task<HttpRequestMessage?> SendAsync(HttpRequestMessage request)
    {
        using (request)
        {
            using var response = await _client.SendAsync(request);
            _visited.Add(request.RequestUri!.IsAbsoluteUri ? request.RequestUri.PathAndQuery : request.RequestUri.ToString());
            if (response.Headers.Location is not { } location)
            {
                (Address, Status, Page) = (_visited[^1], response.StatusCode, await response.Content.ReadAsStringAsync());
                return null;
            }

            var next = new Uri(Origin, location);
            Assert.Equal(Origin.Authority, next.Authority); // nobody is sent to another site
            return new HttpRequestMessage(HttpMethod.Get, next);
        }
    }

    [GeneratedRegex("""<a href="(?<address>/sso/register[^"]*)">""")]
    private static partial Regex RegisterLink();
}
