using System.Net;
using AngleSharp.Html.Dom;
using AngleSharp.Html.Parser;

namespace Shop.Tests.Support;

/// <summary>A visitor whose browser runs no script: opens pages, follows redirects, keeps cookies and sends the forms of a page.</summary>
/// <param name="http">A client of the storefront that neither follows redirects nor keeps cookies.</param>
internal sealed class ScriptlessBrowser(HttpClient http)
{
    private const int MaxRedirects = 10;

    private static readonly HtmlParser _parser = new();

    /// <summary>The cookies by name. A test may change them.</summary>
    public Dictionary<string, string> Cookies { get; } = [];

    /// <summary>The headers that every request has.</summary>
    public Dictionary<string, string> Headers { get; } = [];

    /// <summary>Opens another tab: it has the same cookies.</summary>
    public ScriptlessBrowser OpenTab()
    {
        var tab = new ScriptlessBrowser(http);
        foreach (var (name, value) in Cookies)
        {
            tab.Cookies[name] = value;
        }

        return tab;
    }

    /// <summary>Opens a page.</summary>
    public Task<Page> OpenAsync(string path) => SendAsync(HttpMethod.Get, path, null);

    /// <summary>Opens the address of a link.</summary>
    public Task<Page> FollowAsync(Page page, string selector) =>
        OpenAsync(Resolve(page.Path, page.Find<IHtmlAnchorElement>(selector).GetAttribute("href")!));

    /// <summary>Sends a form as a click on its first button does.</summary>
    /// <param name="page">The page.</param>
    /// <param name="form">The selector of the form.</param>
    /// <param name="fields">The fields that the visitor changes.</param>
    public Task<Page> SubmitAsync(Page page, string form, params (string Name, string Value)[] fields)
    {
        var element = page.Find<IHtmlFormElement>(form);
        var values = ReadFields(element);
        foreach (var (name, value) in fields)
        {
            values[name] = value;
        }

        var action = element.GetAttribute("action") is { } address ? Resolve(page.Path, address) : page.Path;
        if (element.Method == "post")
        {
            return SendAsync(HttpMethod.Post, action, values);
        }

        var query = string.Join('&', values.Select(field => $"{field.Key}={Uri.EscapeDataString(field.Value)}"));
        return OpenAsync($"{action}?{query}");
    }

    /// <summary>Sends fields that no page has offered.</summary>
    public Task<Page> PostAsync(string path, params (string Name, string Value)[] fields) =>
        SendAsync(HttpMethod.Post, path, fields.ToDictionary(field => field.Name, field => field.Value));

    /// <summary>Returns the fields of a form with the values that a click on its first button sends.</summary>
    public static Dictionary<string, string> ReadFields(IHtmlFormElement form)
    {
        var fields = new Dictionary<string, string>();
        foreach (var element in form.Elements)
        {
            switch (element)
            {
                case IHtmlInputElement { Type: "radio", IsChecked: false } or IHtmlInputElement { Type: "submit" }:
                    break;
                case IHtmlInputElement { Name.Length: > 0 } input:
                    fields[input.Name] = input.Value;
                    break;
                case IHtmlTextAreaElement { Name.Length: > 0 } text:
                    fields[text.Name] = text.Value;
                    break;
                case IHtmlSelectElement { Name.Length: > 0 } select:
                    fields[select.Name] = select.Value ?? "";
                    break;
            }
        }

        if (form.Elements.OfType<IHtmlButtonElement>().FirstOrDefault() is { Name.Length: > 0 } button)
        {
            fields[button.Name] = button.Value;
        }

        return fields;
    }

    private async Task<Page> SendAsync(HttpMethod method, string path, Dictionary<string, string>? fields)
    {
        for (var redirects = 0; redirects < MaxRedirects; redirects++)
        {
            using var request = new HttpRequestMessage(method, path);
            request.Content = fields is null ? null : new FormUrlEncodedContent(fields);
            if (Cookies.Count > 0)
            {
                request.Headers.Add("Cookie", string.Join("; ", Cookies.Select(cookie => $"{cookie.Key}={cookie.Value}")));
            }

            foreach (var (name, value) in Headers)
            {
                request.Headers.Add(name, value);
            }

            using var response = await http.SendAsync(request);
            KeepCookies(response);
            if (response.StatusCode is not (HttpStatusCode.SeeOther or HttpStatusCode.Found))
            {
                var html = await response.Content.ReadAsStringAsync();
                return new Page(path, response.StatusCode, html, _parser.ParseDocument(html));
            }

            (method, path, fields) = (HttpMethod.Get, Resolve(path, response.Headers.Location!.OriginalString), null);
        }

        throw new InvalidOperationException($"More than {MaxRedirects} redirects, the last one to {path}.");
    }

    // On another host than the first one, addresses are absolute.
    private string Resolve(string path, string address)
    {
        if (!path.StartsWith("http", StringComparison.Ordinal) && !address.StartsWith("http", StringComparison.Ordinal))
        {
            return address;
        }

        var uri = new Uri(new Uri(http.BaseAddress!, path), address);
        return uri.Authority == http.BaseAddress!.Authority ? uri.PathAndQuery : uri.AbsoluteUri;
    }

    private void KeepCookies(HttpResponseMessage response)
    {
        if (!response.Headers.TryGetValues("Set-Cookie", out var cookies))
        {
            return;
        }

        foreach (var cookie in cookies)
        {
            var pair = cookie.Split(';')[0];
            var (name, value) = (pair[..pair.IndexOf('=')], pair[(pair.IndexOf('=') + 1)..]);
            if (value.Length == 0)
            {
                Cookies.Remove(name);
            }
            else
            {
                Cookies[name] = value;
            }
        }
    }
}

/// <summary>A page that a browser shows.</summary>
/// <param name="Path">The path and the query of its address.</param>
/// <param name="Status">The status of the response.</param>
/// <param name="Html">The content.</param>
/// <param name="Document">The parsed content.</param>
internal sealed record Page(string Path, HttpStatusCode Status, string Html, IHtmlDocument Document)
{
    /// <summary>The text of the main part, with single spaces.</summary>
    public string Text => string.Join(' ', (Document.QuerySelector("main") ?? Document.DocumentElement).TextContent
        .Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));

    /// <summary>The first heading.</summary>
    public string? Heading => Document.QuerySelector("h1")?.TextContent.Trim();

    /// <summary>Returns the element that a selector matches.</summary>
    public T Find<T>(string selector) where T : class, AngleSharp.Dom.IElement =>
        Document.QuerySelector(selector) as T ?? throw new InvalidOperationException($"{Path} has no {selector}:\n{Html}");

    /// <summary>Returns the text of the element that a selector matches, or null.</summary>
    public string? TextOf(string selector) => Document.QuerySelector(selector)?.TextContent.Trim();

    /// <summary>Returns the texts of all elements that a selector matches.</summary>
    public IReadOnlyList<string> TextsOf(string selector) =>
        [.. Document.QuerySelectorAll(selector).Select(element => element.TextContent.Trim())];
}
