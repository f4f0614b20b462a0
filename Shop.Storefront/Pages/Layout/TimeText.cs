using System.Globalization;

namespace Shop.Storefront.Pages.Layout;

/// <summary>Times as people read them. The server does not know the visitor's time zone, so the zone is part of the text.</summary>
internal static class TimeText
{
    /// <summary>Formats a time: <c>26 November 2026, 10:35 UTC</c>.</summary>
    public static string Format(DateTimeOffset time) =>
        time.UtcDateTime.ToString("d MMMM yyyy, HH:mm 'UTC'", CultureInfo.InvariantCulture);
}
