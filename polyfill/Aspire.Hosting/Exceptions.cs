namespace Aspire.Hosting;

/// <summary>Stands for <c>Aspire.Hosting.DistributedApplicationException</c>.</summary>
public class DistributedApplicationException : Exception
{
    public DistributedApplicationException()
    {
    }

    public DistributedApplicationException(string message) : base(message)
    {
    }

    public DistributedApplicationException(string message, Exception inner) : base(message, inner)
    {
    }
}

/// <summary>Stands for <c>Aspire.Hosting.MissingParameterValueException</c>.</summary>
public sealed class MissingParameterValueException(string message) : DistributedApplicationException(message);
