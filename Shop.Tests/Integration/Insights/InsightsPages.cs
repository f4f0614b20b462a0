using System.Net;
using System.Net.Http.Headers;
using AngleSharp.Html.Dom;
using AngleSharp.Html.Parser;
using Shop.Tests.Integration.Support;
using Shop.Tests.Support;

namespace Shop.Tests.Integration.Insights;

/// <summary>The pages and the API of Insights as staff see them, from the service with a database of its own.</summary>
internal sealed class InsightsPages : IAsyncDisposable
{
    private static readonly string _signingKey = Convert.ToBase64String(new byte[32]);

    private readonly InProcessService _insights;

    private InsightsPages(InsightsDatabase database)
    {
        Database = database;
        _insights = InProcessService.Start(
            "insights", settings: [("ConnectionStrings:insightsdb", database.ConnectionString), .. BearerTokens.Settings(_signingKey)]);
        Client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", BearerTokens.Create(_signingKey, "staff"));
    }

    public InsightsDatabase Database { get; }

    /// <summary>Sends requests of staff.</summary>
    public HttpClient Client => _insights.Client;

    public static async Task<InsightsPages> StartAsync(ShopApp shop) =>
        new(await InsightsDatabase.CreateAsync(await shop.ConnectionStringAsync("insightsdb")));

    /// <summary>Opens a page, which must answer with 200.</summary>
    public async Task<IHtmlDocument> OpenAsync(string address)
    {
        using var response = await Client.GetAsync(address);
        var html = await response.Content.ReadAsStringAsync();
        Assert.True(response.StatusCode is HttpStatusCode.OK, html);
        return new HtmlParser().ParseDocument(html);
    }

    public async ValueTask DisposeAsync()
    {
        _insights.Dispose();
        await Database.DisposeAsync();
    }
}
