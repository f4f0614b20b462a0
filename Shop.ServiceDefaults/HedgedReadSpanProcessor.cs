using System.Diagnostics;
using OpenTelemetry;

namespace Shop.ServiceDefaults;

/// <summary>
/// Numbers the client spans of a read that was sent again (<c>http.request.resend_count</c>). Those that were canceled because another one
/// had the response did not fail: they are marked as superseded in place of an error.
/// </summary>
internal sealed class HedgedReadSpanProcessor : BaseProcessor<Activity>
{
    private const string SourceName = "System.Net.Http";
    private const string ErrorType = "error.type";

    public override void OnEnd(Activity data)
    {
        if (HedgedRead.Attempt is not var (read, number) || data.Source.Name != SourceName)
        {
            return;
        }

        if (number > 0)
        {
            data.SetTag("http.request.resend_count", number);
        }

        if (read.IsAnswered
            && data.GetTagItem(ErrorType) is string error && error.EndsWith("CanceledException", StringComparison.Ordinal))
        {
            data.SetStatus(ActivityStatusCode.Unset);
            data.SetTag(ErrorType, null);
            data.SetTag("shop.superseded", true);
        }
    }
}
