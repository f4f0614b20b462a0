using System.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using OpenTelemetry;

namespace Shop.Telemetry.Sampling.Tail;

/// <summary>Registers tail sampling.</summary>
internal static class TailSamplingExtensions
{
    /// <summary>Adds the <see cref="SpanPipeline"/>, which samples and exports the spans.</summary>
    public static void AddTailSampling(this IHostApplicationBuilder builder)
    {
        builder.Services.AddSingleton<TailSamplingProcessor>();
        builder.Services.AddSingleton(services => new SpanPipeline(
            services.GetServices<BaseProcessor<Activity>>(),
            services.GetServices<SpanExport>().Any() ? services.GetRequiredService<TailSamplingProcessor>() : null));
    }
}
