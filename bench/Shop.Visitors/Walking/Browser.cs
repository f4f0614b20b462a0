using System.Net;
using System.Net.Http.Json;
using Shop.Visitors.Truth;

namespace Shop.Visitors.Walking;

/// <summary>
/// A browser without a script engine: it keeps cookies and sends forms and the beacons that the script of the pages would send. It records
/// the events that each response causes by itself: page views and redirects.
/// </summary>
internal sealed class Browser(HttpClient http, string userAgent, bool hasScript, string source, VisitTruth truth)
{
    private const string FaultHeader = "X-Shop-Fault";
    private const string VisitHeader = "X-Shop-Visit";
    private const string NextSessionHeader = "X-Shop-Next-Session";

    private readonly CookieContainer _cookies = new();

    /// <summary>Whether the next request starts the next session of the visitor.</summary>
    public bool StartsNextSession { get; set; }

    /// <summary>The source that the sessions have from now on.</summary>
    public string Source { get; set; } = source;

    /// <summary>Opens an address without following a redirect.</summary>
    /// <param name="address">The address.</param>
    /// <param name="referrer">The page that leads there, or the address of another site.</param>
    /// <param name="cancellationToken">Cancels the request.</param>
    /// <param name="fault">The fault that the servers are to cause.</param>
    public Task<Page> GetAsync(string address, Uri? referrer, CancellationToken cancellationToken, string? fault = null) =>
        SendAsync(HttpMethod.Get, new Uri(http.BaseAddress!, address), null, referrer, fault, cancellationToken);

    /// <summary>Sends a form without following a redirect.</summary>
    public Task<Page> PostAsync(
        Page page, string action, Dictionary<string, string> fields, CancellationToken cancellationToken, string? fault = null) =>
        SendAsync(HttpMethod.Post, new Uri(page.Address, action), fields, page.Address, fault, cancellationToken);

    /// <summary>Follows one redirect. A browser keeps the page that led to the first address as the referrer.</summary>
    public async Task<Page> FollowAsync(Page redirect, Uri? referrer, CancellationToken cancellationToken, string? fault = null)
    {
        if (redirect.Redirect is not { } target)
        {
            throw new UnexpectedPageException(redirect, "The response is no redirect.");
        }

        return await SendAsync(HttpMethod.Get, target, null, referrer, fault, cancellationToken);
    }

    /// <summary>Reads a part of a page, as its script does, and returns the text; null if there is none.</summary>
    public async Task<string?> ReadPartAsync(string address, CancellationToken cancellationToken)
    {
        using var request = Create(HttpMethod.Get, new Uri(http.BaseAddress!, address), null);
        request.Headers.Add("X-Requested-With", "fetch");
        using var response = await http.SendAsync(request, cancellationToken);
        Keep(response, request.RequestUri!);
        return response.StatusCode is HttpStatusCode.OK ? await response.Content.ReadAsStringAsync(cancellationToken) : null;
    }

    /// <summary>Sends the events of a page, as its script does.</summary>
    /// <param name="page">The page.</param>
    /// <param name="cancellationToken">Cancels the request.</param>
    /// <param name="events">The types of the events, their names and values, and their names on the bus.</param>
    public async Task ReportAsync(Page page, CancellationToken cancellationToken, params BrowserEvent[] events)
    {
        if (!hasScript || page.Token is not { } token)
        {
            return;
        }

        var address = new Uri(http.BaseAddress!, "/events");
        using var request = Create(HttpMethod.Post, address, page.Address);
        request.Headers.Add("Origin", http.BaseAddress!.GetLeftPart(UriPartial.Authority));
        request.Headers.Add("Sec-Fetch-Site", "same-origin");
        request.Content = JsonContent.Create(new
        {
            page = page.PageId,
            token,
            path = page.Path,
            events = events.Select(item => new { number = page.NextEvent++, item.Type, age = 1, item.Name, item.Value, item.Target })
                .ToList(),
        });
        using var response = await http.SendAsync(request, cancellationToken);
        var ids = Keep(response, address);
        if (response.StatusCode is not HttpStatusCode.NoContent)
        {
            throw new UnexpectedPageException(
                new Page(address, (int)response.StatusCode, ids, "", null, null), "The beacon was not accepted.");
        }

        truth.Expect(ids.SessionId, [.. events.Select(item => item.EventName)]);
    }

    private async Task<Page> SendAsync(
        HttpMethod method,
        Uri address,
        Dictionary<string, string>? fields,
        Uri? referrer,
        string? fault,
        CancellationToken cancellationToken)
    {
        using var request = Create(method, address, referrer);
        request.Content = fields is null ? null : new FormUrlEncodedContent(fields);
        if (fields is not null)
        {
            request.Headers.Add("Origin", address.GetLeftPart(UriPartial.Authority));
            request.Headers.Add("Sec-Fetch-Site", "same-origin");
        }

        if (fault is not null)
        {
            request.Headers.Add(FaultHeader, fault);
        }

        if (StartsNextSession)
        {
            StartsNextSession = false;
            request.Headers.Add(NextSessionHeader, "1");
        }

        using var response = await http.SendAsync(request, cancellationToken);
        var html = await response.Content.ReadAsStringAsync(cancellationToken);
        var ids = Keep(response, address);
        var status = (int)response.StatusCode;
        var redirect = response.Headers.Location is { } location && status is >= 300 and < 400 ? new Uri(address, location) : null;
        // The page that the storefront shows in place of a response of another service is no view.
        var isProxied = address.AbsolutePath.StartsWith("/sso/", StringComparison.Ordinal);
        var isPage = response.Content.Headers.ContentType?.MediaType == "text/html" && !(isProxied && status >= 500);
        if (redirect is not null)
        {
            truth.Expect(ids.SessionId, "page.redirected");
        }

        if (isPage)
        {
            truth.Expect(ids.SessionId, "page.viewed");
        }

        var target = redirect is null ? null : Routes.Find(redirect.AbsolutePath);
        var jump = truth.AddResponse(ids, Routes.Find(address.AbsolutePath), status, target, isPage);
        return new Page(address, status, ids, html, redirect, jump);
    }

    private HttpRequestMessage Create(HttpMethod method, Uri address, Uri? referrer)
    {
        var request = new HttpRequestMessage(method, address);
        request.Headers.Accept.ParseAdd("text/html,application/xhtml+xml,*/*;q=0.8");
        request.Headers.TryAddWithoutValidation("User-Agent", userAgent);
        request.Headers.Referrer = referrer;
        if (_cookies.GetCookieHeader(address) is { Length: > 0 } cookies)
        {
            request.Headers.Add("Cookie", cookies);
        }

        return request;
    }

    private VisitIds Keep(HttpResponseMessage response, Uri address)
    {
        foreach (var cookie in response.Headers.TryGetValues("Set-Cookie", out var cookies) ? cookies : [])
        {
            _cookies.SetCookies(address, cookie);
        }

        var ids = VisitIds.Parse(response.Headers.TryGetValues(VisitHeader, out var values) ? values.First() : null);
        truth.Add(ids, Source);
        return ids;
    }
}

/// <summary>An event that a page reports.</summary>
/// <param name="Type">The type in the beacon.</param>
/// <param name="EventName">The name of the journey event.</param>
/// <param name="Name">The name: the action, the class of an error, the web vital, or how the page was left.</param>
/// <param name="Value">The value.</param>
/// <param name="Target">Where a file with an error is from.</param>
internal sealed record BrowserEvent(string Type, string EventName, string? Name = null, double? Value = null, string? Target = null)
{
    public static BrowserEvent Restored { get; } = new("restore", "page.restored");

    public static BrowserEvent ScriptNotLoaded { get; } = new("error", "browser.error", "ScriptLoadError", null, "external");

    public static BrowserEvent Clicked(string action) => new("click", "action.clicked", action);

    public static BrowserEvent Left(string cause, double openTime) => new("leave", "page.left", cause, openTime);

    public static BrowserEvent Vital(string name, double value) => new("vital", "browser.web_vital", name, value);
}
