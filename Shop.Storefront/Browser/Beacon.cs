using System.Text.Json.Serialization;

namespace Shop.Storefront.Browser;

/// <summary>The events that a page reports in one request. No value in it is trusted: see <see cref="BeaconReader"/>.</summary>
/// <param name="Page">Id that the page has given itself: 12 hexadecimal digits.</param>
/// <param name="Token">The token of the page from <see cref="PageTokenProtector"/>; null for a page without one.</param>
/// <param name="Path">Path of the page.</param>
/// <param name="Events">The events, oldest first.</param>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
internal sealed record Beacon(string? Page, string? Token, string? Path, IReadOnlyList<BeaconEvent?>? Events);

/// <summary>An event of a page.</summary>
/// <param name="Number">Number of the event in its page, from 0 on.</param>
/// <param name="Type">Type of the event, one of those that <see cref="BeaconReader"/> accepts.</param>
/// <param name="Age">Time since the event, in milliseconds.</param>
/// <param name="Name">The action, the class of the error, the name of the web vital, or how the page was left.</param>
/// <param name="Value">The value of the web vital, or the time for which the page was open, in milliseconds.</param>
/// <param name="Target">The path that a script led to, or where a script or file with an error is from.</param>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
internal sealed record BeaconEvent(int? Number, string? Type, double? Age, string? Name, double? Value, string? Target);
