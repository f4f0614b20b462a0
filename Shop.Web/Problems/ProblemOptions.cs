namespace Shop.Web.Problems;

/// <summary>The exceptions that mean that a dependency is unavailable (see <see cref="TransientErrors"/>).</summary>
internal sealed class ProblemOptions
{
    public List<Func<Exception, bool>> ServiceUnavailable { get; } = [];
}
