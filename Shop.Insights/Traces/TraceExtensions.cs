namespace Shop.Insights.Traces;

/// <summary>Adds the links to traces.</summary>
internal static class TraceExtensions
{
    public static void AddTraceLinks(this IHostApplicationBuilder builder) =>
        builder.Services.AddOptionsWithValidateOnStart<TraceOptions, TraceOptionsValidator>().BindConfiguration(TraceOptions.Section);
}
