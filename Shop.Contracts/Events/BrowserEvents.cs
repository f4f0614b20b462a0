using Shop.Telemetry.Events;

namespace Shop.Contracts.Events;

/// <summary>Events of pages: those that the server rendered, and what browsers report of them.</summary>
public static class BrowserEvents
{
    /// <summary>The server rendered a page for a visitor, with or without script in the browser.</summary>
    /// <param name="Status">Status code of the response.</param>
    /// <param name="TrafficSource">
    /// Where the visitor came from, on the first page of a session and on pages that another site led to.
    /// </param>
    /// <param name="DeviceType">Kind of the device.</param>
    [Event("page.viewed")]
    public sealed record PageViewed(int Status, string? TrafficSource, string DeviceType) : ShopEvent;

    /// <summary>The browser showed a page again from its back/forward cache, without a request.</summary>
    /// <param name="PagePath">Route of the page.</param>
    /// <param name="ClientTime">When it happened, in milliseconds since 1970-01-01 UTC.</param>
    /// <param name="ClientEventId">Id that the page has given the event.</param>
    [Event("page.restored")]
    public sealed record PageRestored(string PagePath, long ClientTime, string ClientEventId) : ShopEvent;

    /// <summary>A visitor pressed an element that has an action.</summary>
    /// <param name="PagePath">Route of the page.</param>
    /// <param name="Action">Action of the element.</param>
    /// <param name="ClientTime">When it happened, in milliseconds since 1970-01-01 UTC.</param>
    /// <param name="ClientEventId">Id that the page has given the event.</param>
    [Event("action.clicked")]
    public sealed record ActionClicked(string PagePath, string Action, long ClientTime, string ClientEventId) : ShopEvent;

    /// <summary>A script led the visitor to another page, for example with <c>location.replace</c>.</summary>
    /// <param name="PagePath">Route of the page that has the script.</param>
    /// <param name="JumpFrom">Route of the page that has the script, as other jumps name it.</param>
    /// <param name="JumpTo">Route that the visitor was sent to.</param>
    /// <param name="ClientTime">When it happened, in milliseconds since 1970-01-01 UTC.</param>
    /// <param name="ClientEventId">Id that the page has given the event.</param>
    [Event("browser.redirected")]
    public sealed record Redirected(
        string PagePath, string JumpFrom, string JumpTo, long ClientTime, string ClientEventId) : ShopEvent
    {
        /// <summary>The class of the event, that of all jumps.</summary>
        public string Tag { get; } = "jump";
    }

    /// <summary>A visitor left a page.</summary>
    /// <param name="PagePath">Route of the page.</param>
    /// <param name="LeftBy">How the page was left.</param>
    /// <param name="OpenTime">Time for which the page was open, in milliseconds.</param>
    /// <param name="ClientTime">When it happened, in milliseconds since 1970-01-01 UTC.</param>
    /// <param name="ClientEventId">Id that the page has given the event.</param>
    [Event("page.left")]
    public sealed record PageLeft(string PagePath, string LeftBy, long OpenTime, long ClientTime, string ClientEventId) : ShopEvent;

    /// <summary>A script of a page failed, or a file of it did not load. Messages are not reported: they can have personal data.</summary>
    /// <param name="PagePath">Route of the page.</param>
    /// <param name="ErrorType">Class of the error.</param>
    /// <param name="ErrorSource">Where the script or file is from.</param>
    /// <param name="ClientTime">When it happened, in milliseconds since 1970-01-01 UTC.</param>
    /// <param name="ClientEventId">Id that the page has given the event.</param>
    [Event("browser.error")]
    public sealed record Failed(
        string PagePath, string ErrorType, string ErrorSource, long ClientTime, string ClientEventId) : ShopEvent;

    /// <summary>A browser measured a web vital of a page, once for each page. The name and the fields are those of OpenTelemetry.</summary>
    /// <param name="PagePath">Route of the page.</param>
    /// <param name="WebVitalName">Name of the web vital.</param>
    /// <param name="WebVitalValue">Value of the web vital.</param>
    /// <param name="ClientTime">When it was final, in milliseconds since 1970-01-01 UTC.</param>
    /// <param name="ClientEventId">Id that the page has given the event.</param>
    [Event("browser.web_vital")]
    public sealed record WebVitalMeasured(
        string PagePath, string WebVitalName, double WebVitalValue, long ClientTime, string ClientEventId) : ShopEvent;
}
