using Aspire.Hosting.ApplicationModel;

namespace Aspire.Hosting.ApplicationModel
{
    /// <summary>Stands for <c>Aspire.Hosting.ApplicationModel.IAspireStore</c>: files that outlive a run, in the AppHost's obj folder.</summary>
    public interface IAspireStore
    {
        string BasePath { get; }
    }
}

namespace Aspire.Hosting.Utils
{
    internal sealed class AspireStore(DistributedApplicationOptions options, string appHostDirectory) : IAspireStore
    {
        public string BasePath { get; } =
            Path.Combine(options.Metadata("apphostprojectbaseintermediateoutputpath") ?? appHostDirectory, ".aspire");
    }
}
