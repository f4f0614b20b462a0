using AngleSharp.Dom;
using AngleSharp.Html.Dom;
using AngleSharp.Html.Parser;
using Shop.Visitors.Truth;

namespace Shop.Visitors.Walking;

/// <summary>A response: a page, or a redirect that was not followed.</summary>
/// <param name="Address">The address of the request.</param>
/// <param name="Status">The status.</param>
/// <param name="Ids">The ids of the request.</param>
/// <param name="Html">The content.</param>
/// <param name="Redirect">Where the response leads; null for a page.</param>
/// <param name="Jump">The redirect as it is recorded; null for a page.</param>
internal sealed record Page(Uri Address, int Status, VisitIds Ids, string Html, Uri? Redirect, Jump? Jump)
{
    private static readonly HtmlParser _parser = new();

    private IHtmlDocument? _document;

    public IHtmlDocument Document => _document ??= _parser.ParseDocument(Html);

    public string Path => Address.AbsolutePath;

    /// <summary>The token with which the page reports events; null if it reports none.</summary>
    public string? Token => Document.QuerySelector("meta[name=shop-page]")?.GetAttribute("content");

    /// <summary>The id that the page gives itself, as its script does.</summary>
    public string PageId { get; } = Convert.ToHexStringLower(System.Security.Cryptography.RandomNumberGenerator.GetBytes(6));

    /// <summary>The number of the next event that the page reports.</summary>
    public int NextEvent { get; set; }

    /// <summary>Returns the address of a link.</summary>
    public string GetLink(string selector) => Find(selector).GetAttribute("href")!;

    /// <summary>Returns whether the page has an element.</summary>
    public bool Has(string selector) => Document.QuerySelector(selector) is not null;

    /// <summary>Returns the text of an attribute; null without the element.</summary>
    public string? Read(string selector, string attribute) => Document.QuerySelector(selector)?.GetAttribute(attribute);

    /// <summary>Returns the addresses of all links.</summary>
    public IReadOnlyList<string> GetLinks(string selector) =>
        [.. Document.QuerySelectorAll(selector).Select(link => link.GetAttribute("href")!)];

    /// <summary>Returns the address and the fields of a form, as a click on its first button sends them.</summary>
    public (string Action, Dictionary<string, string> Fields) ReadForm(string selector)
    {
        var form = (IHtmlFormElement)Find(selector);
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
            }
        }

        if (form.Elements.OfType<IHtmlButtonElement>().FirstOrDefault() is { Name.Length: > 0 } button)
        {
            fields[button.Name] = button.Value;
        }

        return (form.GetAttribute("action") ?? Address.PathAndQuery, fields);
    }

    private IElement Find(string selector) => Document.QuerySelector(selector)
        ?? throw new UnexpectedPageException(this, $"There is no {selector}.");
}

/// <summary>A response that no plan expects.</summary>
internal sealed class UnexpectedPageException(Page page, string reason) : Exception(reason)
{
    /// <summary>The response.</summary>
    public Page Page => page;
}
