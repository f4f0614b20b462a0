using System.Diagnostics;
using OpenTelemetry;

namespace Shop.Telemetry.Tracing;

/// <summary>Replaces secrets in the addresses of spans, of requests and of calls, before the spans are exported.</summary>
internal sealed class SecretPathProcessor(IEnumerable<SecretPathSegment> secrets) : BaseProcessor<Activity>
{
    private static readonly string[] _attributes = ["url.path", "url.full"];

    private readonly SecretPathSegment[] _secrets = [.. secrets];

    public override void OnEnd(Activity data)
    {
        foreach (var attribute in _attributes)
        {
            if (data.GetTagItem(attribute) is string address)
            {
                foreach (var secret in _secrets)
                {
                    if (secret.TryReplace(address) is { } replaced)
                    {
                        data.SetTag(attribute, address = replaced);
                    }
                }
            }
        }
    }
}
